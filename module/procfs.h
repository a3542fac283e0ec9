/* SPDX-License-Identifier: GPL-2.0-only */
/* /proc/NAME: write-only, mode 0200, CAP_SYS_ADMIN at open. */
#ifndef MC_PROCFS_H
#define MC_PROCFS_H

#include "command.h"

/*
 * `handler` is called in process context with each command that parsed. `name`
 * must live as long as the file.
 */
int procfs_init(const char *name, int (*handler)(enum command command));
void procfs_exit(void);

#endif /* MC_PROCFS_H */
