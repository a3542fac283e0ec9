// SPDX-License-Identifier: GPL-2.0-only
/* Is the kernel's resctrl filesystem mounted? */
#include <linux/module.h>

#include "resctrl_watch.h"

struct file_system_type *resctrl_filesystem;

void resctrl_watch_init(void)
{
	/* Holds the filesystem's module, if it is one. */
	resctrl_filesystem = get_fs_type("resctrl");
}

void resctrl_watch_exit(void)
{
	if (resctrl_filesystem)
		module_put(resctrl_filesystem->owner);
	resctrl_filesystem = NULL;
}
