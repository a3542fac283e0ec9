/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Is the kernel's resctrl filesystem mounted? While it is, PQR_ASSOC is its own.
 * It offers no notification, so the hook and the tick look: one load.
 */
#ifndef MC_RESCTRL_WATCH_H
#define MC_RESCTRL_WATCH_H

#include <linux/fs.h>

extern struct file_system_type *resctrl_filesystem;

void resctrl_watch_init(void);
void resctrl_watch_exit(void);

static inline bool resctrl_mounted(void)
{
	return resctrl_filesystem && READ_ONCE(resctrl_filesystem->fs_supers.first);
}

#endif /* MC_RESCTRL_WATCH_H */
