// SPDX-License-Identifier: GPL-2.0-only
/* Is the kernel's resctrl filesystem mounted? */
#include <linux/fs.h>
#include <linux/module.h>

#include "resctrl_watch.h"

static const struct hlist_head none;
static struct file_system_type *filesystem;

const struct hlist_head *resctrl_mounts = &none;

void resctrl_watch_init(void)
{
	/* Holds the filesystem's module, if it is one. */
	filesystem = get_fs_type("resctrl");
	if (filesystem)
		resctrl_mounts = &filesystem->fs_supers;
}

void resctrl_watch_exit(void)
{
	resctrl_mounts = &none;
	if (filesystem)
		module_put(filesystem->owner);
	filesystem = NULL;
}
