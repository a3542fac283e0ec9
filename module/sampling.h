/* SPDX-License-Identifier: GPL-2.0-only */
/* Start and stop of everything that costs: tables, hooks, timers. */
#ifndef MC_SAMPLING_H
#define MC_SAMPLING_H

#include <linux/types.h>

/*
 * All three from the one work item or after it was cancelled: they exclude each
 * other by that, and take no lock that a hotplug callback could need.
 */

/* 0 if it runs (already). What fails is undone and said in the log. */
int sampling_start(void);
void sampling_stop(void);

/* Give PQR to resctrl when it was mounted, take it up again when it is gone. */
void sampling_follow_resctrl(void);

/* Run `visit` with sampling on and kept on meanwhile; -ENODATA if it is off. */
int sampling_visit(void (*visit)(void));

#endif /* MC_SAMPLING_H */
