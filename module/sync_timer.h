/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Ticks on every CPU at the same nanosecond: one pinned hard-interrupt hrtimer
 * a CPU on CLOCK_MONOTONIC, expiring at multiples of the interval, so that
 * slot = time / interval is the same number everywhere.
 */
#ifndef MC_SYNC_TIMER_H
#define MC_SYNC_TIMER_H

#include <linux/cpuhotplug.h>
#include <linux/cpumask.h>
#include <linux/hrtimer.h>
#include <linux/percpu.h>

#define SYNC_TIMER_MIN_INTERVAL_NS (100 * NSEC_PER_USEC)
#define SYNC_TIMER_MAX_INTERVAL_NS NSEC_PER_SEC

struct sync_timer;

struct sync_timer_cpu {
	struct hrtimer hrtimer;
	struct sync_timer *owner;
	u64 slot_ns;		/* of the last tick, 0 before the first */
	u64 missed;		/* slots that passed without a tick */
	u64 idle;		/* slots skipped while paused */
	bool enabled;
	bool paused;
};

typedef enum hrtimer_restart (*sync_timer_callback)(struct hrtimer *hrtimer);

struct sync_timer {
	struct sync_timer_cpu __percpu *cpus;
	sync_timer_callback callback;
	u64 interval_ns;
	const struct cpumask *mask;	/* NULL: every CPU */
	struct hlist_node node;
	int cpuhp_state;
};

/* What a callback asks first. */
struct sync_tick {
	u64 slot_ns;
	u64 late_ns;
	u64 missed;		/* cumulative, this CPU */
	u64 idle;		/* cumulative, this CPU */
};

/*
 * Start the ticks: on CPUs that are online now (of *mask, or all) and on those
 * that come online later. Process context. -EINVAL for an interval outside
 * 100 us..1 s, -ENOMEM, or what the hotplug core says.
 */
int sync_timer_init(struct sync_timer *timer, sync_timer_callback callback, u64 interval_ns);
int sync_timer_init_mask(struct sync_timer *timer, sync_timer_callback callback, u64 interval_ns,
			 const struct cpumask *mask);

/* At the head of the callback: which slot this is, and how late. */
void sync_timer_tick(struct hrtimer *hrtimer, struct sync_timer *timer, struct sync_tick *tick);

/* At its end: arms the next multiple. The callback returns what this returns. */
enum hrtimer_restart sync_timer_restart(struct hrtimer *hrtimer, struct sync_timer *timer);

/*
 * Instead of sync_timer_restart(): no more ticks on this CPU until
 * sync_timer_resume(), which may be called with interrupts off, also under a
 * runqueue lock. Slots in between count as idle, not as missed. Resuming a timer
 * that was not started yet does nothing.
 */
enum hrtimer_restart sync_timer_pause(struct hrtimer *hrtimer, struct sync_timer *timer);
void sync_timer_resume(struct sync_timer *timer);

/*
 * No callback runs on any CPU after this returns. The caller sees to it that
 * nobody resumes the timer any more.
 */
void sync_timer_destroy(struct sync_timer *timer);

#endif /* MC_SYNC_TIMER_H */
