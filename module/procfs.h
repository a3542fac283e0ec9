/* SPDX-License-Identifier: GPL-2.0-only */
/* /proc/memory_collector: write-only, mode 0200, CAP_SYS_ADMIN at open. */
#ifndef MC_PROCFS_H
#define MC_PROCFS_H

#include "command.h"

/* `handler` is called in process context with each command that parsed. */
int procfs_init(int (*handler)(enum command command));
void procfs_exit(void);

#endif /* MC_PROCFS_H */
