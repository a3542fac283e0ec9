// SPDX-License-Identifier: GPL-2.0-only
/*
 * sync_timer.c on this machine's clock and CPUs: results in the log when loaded.
 * Ticks may be late or be missed, as the machine likes; what must hold is the
 * timer's own account of it.
 */
#include <linux/bitmap.h>
#include <linux/cpu.h>
#include <linux/delay.h>
#include <linux/jiffies.h>
#include <linux/ktime.h>
#include <linux/math64.h>
#include <linux/module.h>
#include <linux/smp.h>

#include "ktap.h"
#include "sync_timer.h"

#define INTERVAL_NS NSEC_PER_MSEC
#define RUN_MS 300
/* Slots that a run may see, with room for a machine that stands still. */
#define SLOTS 8192
/* More than a machine needs for a tick, however loaded. */
#define PATIENCE_MS 10000
#define STALL_SLOTS 3

static bool hotplug = true;
module_param(hotplug, bool, 0444);
MODULE_PARM_DESC(hotplug, "take a CPU off and on again (default yes)");

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

static struct sync_timer timer;
static struct seen __percpu *seen;
static u64 base_slot_ns;
static u64 interval_ns;
/* The CPU whose next tick takes long, or -1. */
static int stall_cpu;
/* The next tick of each CPU is its last until resumed. */
static bool pausing;

static void stall(u64 slot_ns)
{
	while (ktime_get_ns() < slot_ns + STALL_SLOTS * interval_ns + interval_ns / 2)
		cpu_relax();
}

static enum hrtimer_restart on_tick(struct hrtimer *hrtimer)
{
	struct seen *this = this_cpu_ptr(seen);
	u64 expires_ns = ktime_to_ns(hrtimer_get_expires(hrtimer));
	struct sync_tick tick;
	u64 number, rest;

	sync_timer_tick(hrtimer, &timer, &tick);
	div64_u64_rem(expires_ns, interval_ns, &rest);
	this->off_phase += rest != 0;
	this->early += tick.slot_ns + tick.late_ns < expires_ns;
	if (!this->ticks) {
		this->first_slot_ns = tick.slot_ns;
		this->missed_at_first = tick.missed;
	} else if (tick.slot_ns <= this->last_slot_ns) {
		this->backwards++;
	} else {
		this->gaps += div64_u64(tick.slot_ns - this->last_slot_ns, interval_ns) - 1;
	}
	number = div64_u64(tick.slot_ns - base_slot_ns, interval_ns);
	if (number < SLOTS)
		__set_bit(number, this->slots);
	this->last_slot_ns = tick.slot_ns;
	this->missed = tick.missed;
	this->idle = tick.idle;
	WRITE_ONCE(this->ticks, this->ticks + 1);
	if (READ_ONCE(stall_cpu) == smp_processor_id()) {
		this->gaps_at_stall = this->gaps;
		stall(tick.slot_ns);
		WRITE_ONCE(stall_cpu, -1);
	}
	if (READ_ONCE(pausing)) {
		WRITE_ONCE(this->paused, true);
		return sync_timer_pause(hrtimer, &timer);
	}
	return sync_timer_restart(hrtimer, &timer);
}

static bool begin(struct ktap *ktap, u64 interval, const struct cpumask *mask)
{
	int cpu;

	for_each_possible_cpu(cpu)
		memset(per_cpu_ptr(seen, cpu), 0, sizeof(*seen));
	stall_cpu = -1;
	pausing = false;
	interval_ns = interval;
	base_slot_ns = div64_u64(ktime_get_ns(), interval) * interval;
	return EXPECT_EQ(ktap, sync_timer_init_mask(&timer, on_tick, interval, mask), 0);
}

static u32 ticks_of(int cpu)
{
	return READ_ONCE(per_cpu_ptr(seen, cpu)->ticks);
}

/* Until the CPU has ticked `more` times; false if it does not. */
static bool wait_for_ticks(int cpu, u32 more)
{
	unsigned long deadline = jiffies + msecs_to_jiffies(PATIENCE_MS);
	u32 wanted = ticks_of(cpu) + more;

	while ((s32)(ticks_of(cpu) - wanted) < 0) {
		if (time_after(jiffies, deadline))
			return false;
		msleep(2);
	}
	return true;
}

static bool wait_for_all(struct ktap *ktap, u32 more)
{
	bool good = true;
	int cpu;

	for_each_online_cpu(cpu)
		good &= EXPECT(ktap, wait_for_ticks(cpu, more));
	return good;
}

/* The account of every CPU that ticked: each slot is a tick, missed or idle. */
static void check_accounts(struct ktap *ktap)
{
	int cpu;

	for_each_online_cpu(cpu) {
		struct seen *this = per_cpu_ptr(seen, cpu);

		EXPECT_EQ(ktap, this->off_phase, 0);
		EXPECT_EQ(ktap, this->early, 0);
		EXPECT_EQ(ktap, this->backwards, 0);
		EXPECT_EQ(ktap, this->missed_at_first, 0);
		EXPECT_EQ(ktap, this->missed + this->idle, this->gaps);
	}
}

static void test_init_arguments(struct ktap *ktap)
{
	EXPECT_EQ(ktap, sync_timer_init(&timer, on_tick, 0), -EINVAL);
	EXPECT_EQ(ktap, sync_timer_init(&timer, on_tick, SYNC_TIMER_MIN_INTERVAL_NS - 1), -EINVAL);
	EXPECT_EQ(ktap, sync_timer_init(&timer, on_tick, SYNC_TIMER_MAX_INTERVAL_NS + 1), -EINVAL);
	/* Nothing was begun: nothing is to be ended, and nothing resumes. */
	sync_timer_resume(&timer);
	sync_timer_destroy(&timer);
}

static void test_init_and_cleanup(struct ktap *ktap)
{
	static const u64 intervals[] = {
		SYNC_TIMER_MIN_INTERVAL_NS, NSEC_PER_MSEC, 7 * NSEC_PER_MSEC + 13,
	};
	u32 ticks;
	int i, cpu;

	for (i = 0; i < ARRAY_SIZE(intervals); i++) {
		if (!begin(ktap, intervals[i], NULL))
			return;
		wait_for_all(ktap, 2);
		sync_timer_destroy(&timer);
		ticks = 0;
		for_each_possible_cpu(cpu)
			ticks += ticks_of(cpu);
		msleep(30);
		for_each_possible_cpu(cpu)
			ticks -= ticks_of(cpu);
		EXPECT_EQ(ktap, ticks, 0);
		/* Twice is once. */
		sync_timer_destroy(&timer);
		check_accounts(ktap);
	}
}

static void test_synchronized_ticks(struct ktap *ktap)
{
	int cpu;

	if (!begin(ktap, INTERVAL_NS, NULL))
		return;
	wait_for_all(ktap, 10);
	msleep(RUN_MS);
	sync_timer_destroy(&timer);
	for_each_online_cpu(cpu) {
		struct seen *this = per_cpu_ptr(seen, cpu);
		u64 span = div64_u64(this->last_slot_ns - this->first_slot_ns, INTERVAL_NS) + 1;

		EXPECT_EQ(ktap, this->ticks + this->missed, span);
		ktap_note(ktap, "CPU %d: %u ticks, %llu missed", cpu, this->ticks, this->missed);
	}
	check_accounts(ktap);
}

/* The same slots everywhere: what one CPU lacks, it says it missed. */
static void test_across_cpus(struct ktap *ktap)
{
	u64 from = 0, to = U64_MAX, number, end;
	u32 common = 0, anywhere = 0;
	int cpu;

	if (num_online_cpus() < 2) {
		ktap_skip(ktap, "one CPU is online");
		return;
	}
	if (!begin(ktap, INTERVAL_NS, NULL))
		return;
	wait_for_all(ktap, 10);
	msleep(RUN_MS);
	sync_timer_destroy(&timer);
	check_accounts(ktap);
	for_each_online_cpu(cpu) {
		from = max(from, per_cpu_ptr(seen, cpu)->first_slot_ns);
		to = min(to, per_cpu_ptr(seen, cpu)->last_slot_ns);
	}
	if (!EXPECT(ktap, from < to))
		return;
	number = div64_u64(from - base_slot_ns, INTERVAL_NS);
	end = min_t(u64, div64_u64(to - base_slot_ns, INTERVAL_NS) + 1, SLOTS);
	for (; number < end; number++) {
		u32 cpus = 0;

		for_each_online_cpu(cpu)
			cpus += test_bit(number, per_cpu_ptr(seen, cpu)->slots);
		common += cpus == num_online_cpus();
		anywhere += cpus > 0;
	}
	EXPECT(ktap, common > 0);
	ktap_note(ktap, "%u slots ticked on all CPUs, %u on some", common, anywhere - common);
}

static void test_missed_ticks(struct ktap *ktap)
{
	int cpu = cpumask_any(cpu_online_mask);
	struct seen *this = per_cpu_ptr(seen, cpu);

	if (!begin(ktap, INTERVAL_NS, NULL))
		return;
	if (EXPECT(ktap, wait_for_ticks(cpu, 3))) {
		WRITE_ONCE(stall_cpu, cpu);
		EXPECT(ktap, wait_for_ticks(cpu, 5));
	}
	sync_timer_destroy(&timer);
	EXPECT_EQ(ktap, stall_cpu, -1);
	EXPECT(ktap, this->gaps - this->gaps_at_stall >= STALL_SLOTS);
	EXPECT(ktap, this->missed >= STALL_SLOTS);
	check_accounts(ktap);
}

static bool wait_until_paused(int cpu)
{
	unsigned long deadline = jiffies + msecs_to_jiffies(PATIENCE_MS);

	while (!READ_ONCE(per_cpu_ptr(seen, cpu)->paused)) {
		if (time_after(jiffies, deadline))
			return false;
		msleep(2);
	}
	return true;
}

static void resume(void *unused)
{
	sync_timer_resume(&timer);
}

/* While paused nothing ticks, and what passes is idle time, not missed. */
static void test_pause_and_resume(struct ktap *ktap)
{
	u64 missed = 0, gaps = 0;
	u32 ticks = 0;
	int cpu;

	if (!begin(ktap, INTERVAL_NS, NULL))
		return;
	wait_for_all(ktap, 3);
	WRITE_ONCE(pausing, true);
	for_each_online_cpu(cpu)
		EXPECT(ktap, wait_until_paused(cpu));
	for_each_online_cpu(cpu)
		ticks += ticks_of(cpu);
	msleep(50);
	for_each_online_cpu(cpu) {
		ticks -= ticks_of(cpu);
		missed += per_cpu_ptr(seen, cpu)->missed;
		gaps += per_cpu_ptr(seen, cpu)->gaps;
	}
	EXPECT_EQ(ktap, ticks, 0);
	EXPECT_EQ(ktap, missed, gaps);
	WRITE_ONCE(pausing, false);
	on_each_cpu(resume, NULL, 1);
	/* Resuming one that runs changes nothing. */
	on_each_cpu(resume, NULL, 1);
	wait_for_all(ktap, 3);
	sync_timer_destroy(&timer);
	for_each_online_cpu(cpu)
		EXPECT(ktap, per_cpu_ptr(seen, cpu)->idle >= 50);
	check_accounts(ktap);
}

static void test_mask(struct ktap *ktap)
{
	int chosen = cpumask_any(cpu_online_mask), cpu;

	if (!begin(ktap, INTERVAL_NS, cpumask_of(chosen)))
		return;
	EXPECT(ktap, wait_for_ticks(chosen, 20));
	sync_timer_destroy(&timer);
	for_each_possible_cpu(cpu)
		EXPECT(ktap, cpu == chosen || !ticks_of(cpu));
}

static void test_hotplug(struct ktap *ktap)
{
	int cpu = cpumask_last(cpu_online_mask);
	struct seen *this = per_cpu_ptr(seen, cpu);
	u32 ticks;

	if (!hotplug || cpu == 0) {
		ktap_skip(ktap, hotplug ? "only CPU 0 is online" : "hotplug=0");
		return;
	}
	if (!begin(ktap, INTERVAL_NS, NULL))
		return;
	EXPECT(ktap, wait_for_ticks(cpu, 3));
	if (remove_cpu(cpu)) {
		sync_timer_destroy(&timer);
		ktap_skip(ktap, "no CPU can be taken off here");
		return;
	}
	ticks = ticks_of(cpu);
	msleep(50);
	EXPECT_EQ(ktap, ticks_of(cpu), ticks);
	EXPECT_EQ(ktap, this->missed, this->gaps);
	EXPECT(ktap, wait_for_ticks(cpumask_any(cpu_online_mask), 3));
	/* It begins anew: time spent off is not missed. */
	this->ticks = 0;
	this->gaps = this->missed;
	if (EXPECT_EQ(ktap, add_cpu(cpu), 0)) {
		EXPECT(ktap, wait_for_ticks(cpu, 10));
		EXPECT_EQ(ktap, this->off_phase, 0);
		EXPECT_EQ(ktap, this->missed, this->gaps);
	}
	sync_timer_destroy(&timer);
}

/* Begun while a CPU is off: it ticks once it is on. Ended while it is off: well. */
static void test_hotplug_between(struct ktap *ktap)
{
	int cpu = cpumask_last(cpu_online_mask);

	if (!hotplug || cpu == 0) {
		ktap_skip(ktap, hotplug ? "only CPU 0 is online" : "hotplug=0");
		return;
	}
	if (remove_cpu(cpu)) {
		ktap_skip(ktap, "no CPU can be taken off here");
		return;
	}
	if (begin(ktap, INTERVAL_NS, NULL)) {
		EXPECT_EQ(ktap, ticks_of(cpu), 0);
		EXPECT_EQ(ktap, add_cpu(cpu), 0);
		EXPECT(ktap, wait_for_ticks(cpu, 3));
		check_accounts(ktap);
		EXPECT_EQ(ktap, remove_cpu(cpu), 0);
		sync_timer_destroy(&timer);
	}
	EXPECT_EQ(ktap, add_cpu(cpu), 0);
	EXPECT(ktap, cpu_online(cpu));
}

static const struct ktap_case cases[] = {
	{ "init_arguments", test_init_arguments },
	{ "init_and_cleanup", test_init_and_cleanup },
	{ "synchronized_ticks", test_synchronized_ticks },
	{ "across_cpus", test_across_cpus },
	{ "missed_ticks", test_missed_ticks },
	{ "pause_and_resume", test_pause_and_resume },
	{ "mask", test_mask },
	{ "hotplug", test_hotplug },
	{ "hotplug_between", test_hotplug_between },
};

static int __init sync_timer_test_init(void)
{
	seen = alloc_percpu(struct seen);
	if (!seen)
		return -ENOMEM;
	ktap_run(cases, ARRAY_SIZE(cases));
	free_percpu(seen);
	return 0;
}

static void __exit sync_timer_test_exit(void)
{
}

module_init(sync_timer_test_init);
module_exit(sync_timer_test_exit);

MODULE_DESCRIPTION("Memory Collector: tests of the synchronized timer, results in the log as KTAP");
MODULE_AUTHOR("Memory Collector");
MODULE_LICENSE("GPL");
