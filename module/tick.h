/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef MC_TICK_H
#define MC_TICK_H

#include <linux/hrtimer.h>

/* The sync_timer's callback: one slot on one CPU. */
enum hrtimer_restart tick(struct hrtimer *hrtimer);

#endif /* MC_TICK_H */
