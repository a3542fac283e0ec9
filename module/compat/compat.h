/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The one place that knows kernels differ. Each MC_HAVE_* comes from a file of
 * the same name in probes/, compiled against the kernel being built for: a
 * vendor's backport is seen as it is, whatever its version number says.
 */
#ifndef MC_COMPAT_H
#define MC_COMPAT_H

#include <linux/hrtimer.h>
#include <linux/mm.h>
#include <linux/sched.h>

/* cpuid_eax() and its kin have a header of their own since 6.16. */
#ifdef MC_HAVE_CPUID_API
#include <asm/cpuid/api.h>
#else
#include <asm/processor.h>
#endif

/* 6.13 added hrtimer_setup(), 6.15 hid the function member from users. */
static inline void compat_hrtimer_setup(struct hrtimer *timer,
					enum hrtimer_restart (*function)(struct hrtimer *),
					clockid_t clock, enum hrtimer_mode mode)
{
#ifdef MC_HAVE_HRTIMER_SETUP
	hrtimer_setup(timer, function, clock, mode);
#else
	hrtimer_init(timer, clock, mode);
	timer->function = function;
#endif
}

/*
 * sched_switch: the previous task's state came as a fourth argument with 5.18
 * and moved behind the tasks in 5.18.x; before, there was none.
 */
#ifdef MC_HAVE_SCHED_SWITCH_STATE
#define COMPAT_SCHED_SWITCH_ARGS                                              \
	void *data, bool preempt, struct task_struct *prev,                   \
		struct task_struct *next, unsigned int prev_state
#else
#define COMPAT_SCHED_SWITCH_ARGS                                              \
	void *data, bool preempt, struct task_struct *prev,                   \
		struct task_struct *next
#endif

/* sched_process_exit: 6.17 tells whether the whole group is dead. */
#ifdef MC_HAVE_SCHED_PROCESS_EXIT_GROUP_DEAD
#define COMPAT_SCHED_PROCESS_EXIT_ARGS void *data, struct task_struct *task, bool group_dead
#else
#define COMPAT_SCHED_PROCESS_EXIT_ARGS void *data, struct task_struct *task
#endif

/* RSS is in per-CPU counters since 6.2. Read as it is: below 0 for a moment, at times. */
static inline s64 compat_mm_counter(struct mm_struct *mm, int member)
{
#ifdef MC_HAVE_MM_RSS_PERCPU
	return percpu_counter_read(&mm->rss_stat[member]);
#elif defined(MC_HAVE_MM_RSS_ATOMIC)
	return atomic_long_read(&mm->rss_stat.count[member]);
#else
	return get_mm_counter(mm, member);
#endif
}

/* __assign_str() lost its second argument in 6.10; no event of ours has strings. */

#endif /* MC_COMPAT_H */
