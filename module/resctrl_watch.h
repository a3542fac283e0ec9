/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Is the kernel's resctrl filesystem mounted? While it is, PQR_ASSOC is its own.
 * It offers no notification, so the hook and the tick look: one load.
 */
#ifndef MC_RESCTRL_WATCH_H
#define MC_RESCTRL_WATCH_H

#include <linux/compiler.h>
#include <linux/types.h>

/* Its mounts; of a kernel without it, a list that stays empty. */
extern const struct hlist_head *resctrl_mounts;

void resctrl_watch_init(void);
void resctrl_watch_exit(void);

static inline bool resctrl_mounted(void)
{
	return READ_ONCE(resctrl_mounts->first);
}

#endif /* MC_RESCTRL_WATCH_H */
