/* SPDX-License-Identifier: GPL-2.0-only */
/* A sync_timer under observation: what its ticks were on every CPU. */
#ifndef MC_TICK_RECORDER_H
#define MC_TICK_RECORDER_H

#include <linux/bitmap.h>
#include <linux/cpumask.h>

#include "ktap.h"
#include "sync_timer.h"

/* Slots that a run may see, with room for a machine that stands still. */
#define SLOTS 8192
/* Slots that a stalled CPU passes over. */
#define STALL_SLOTS 3

/* Of one CPU; written by its ticks only. */
struct seen {
	u64 first_slot_ns;
	u64 last_slot_ns;
	u64 missed_at_first;
	u64 missed;
	u64 idle;
	u32 ticks;
	u32 gaps;		/* slots without a tick, by the slots' numbers */
	u32 gaps_at_stall;
	u32 off_phase;		/* expired at no multiple of the interval */
	u32 early;		/* ran before it was due */
	u32 backwards;		/* a slot twice, or an earlier one */
	bool paused;
	DECLARE_BITMAP(slots, SLOTS);
};

extern struct sync_timer recorded_timer;

int recorder_init(void);
void recorder_exit(void);

/* Starts recorded_timer, with nothing seen yet; who asked ends it. */
bool recorder_begin(struct ktap *ktap, u64 interval_ns, const struct cpumask *mask);
struct seen *seen_by(int cpu);
u32 ticks_of(int cpu);

/* The number that a slot has in `slots` of what was seen. */
u64 slot_number(u64 slot_ns);

/* Until the CPU has ticked `more` times; false if it does not. */
bool wait_for_ticks(int cpu, u32 more);
void wait_for_all(struct ktap *ktap, u32 more);

/* The next tick on this CPU takes STALL_SLOTS intervals; true once it did. */
bool stall_tick_of(int cpu);

/* The next tick of every CPU is its last; returns when it was. */
void pause_all(struct ktap *ktap);
void resume_all(void);

/* The account of every CPU that ticked: each slot is a tick, missed or idle. */
void check_accounts(struct ktap *ktap);

#endif /* MC_TICK_RECORDER_H */
