// SPDX-License-Identifier: GPL-2.0-only
/*
 * sync_timer.c on this machine's clock and CPUs: results in the log when loaded.
 * Ticks may be late or be missed, as the machine likes; what must hold is the
 * timer's own account of it.
 */
#include <linux/cpu.h>
#include <linux/delay.h>
#include <linux/ktime.h>
#include <linux/math64.h>
#include <linux/module.h>
#include <linux/smp.h>

#include "ktap.h"
#include "sync_timer.h"
#include "tick_recorder.h"

#define INTERVAL_NS NSEC_PER_MSEC
#define RUN_MS 300

static bool hotplug = true;
module_param(hotplug, bool, 0444);
MODULE_PARM_DESC(hotplug, "take a CPU off and on again (default yes)");

static enum hrtimer_restart never(struct hrtimer *hrtimer)
{
	return HRTIMER_NORESTART;
}

static void test_init_arguments(struct ktap *ktap)
{
	EXPECT_EQ(ktap, sync_timer_init(&recorded_timer, never, 0), -EINVAL);
	EXPECT_EQ(ktap, sync_timer_init(&recorded_timer, never, SYNC_TIMER_MIN_INTERVAL_NS - 1), -EINVAL);
	EXPECT_EQ(ktap, sync_timer_init(&recorded_timer, never, SYNC_TIMER_MAX_INTERVAL_NS + 1), -EINVAL);
	/* Nothing was begun: nothing is to be ended, and nothing resumes. */
	sync_timer_resume(&recorded_timer);
	sync_timer_destroy(&recorded_timer);
}

static void test_init_and_cleanup(struct ktap *ktap)
{
	static const u64 intervals[] = {
		SYNC_TIMER_MIN_INTERVAL_NS, NSEC_PER_MSEC, 7 * NSEC_PER_MSEC + 13,
	};
	u32 ticks;
	int i, cpu;

	for (i = 0; i < ARRAY_SIZE(intervals); i++) {
		if (!recorder_begin(ktap, intervals[i], NULL))
			return;
		wait_for_all(ktap, 2);
		sync_timer_destroy(&recorded_timer);
		ticks = 0;
		for_each_possible_cpu(cpu)
			ticks += ticks_of(cpu);
		msleep(30);
		for_each_possible_cpu(cpu)
			ticks -= ticks_of(cpu);
		EXPECT_EQ(ktap, ticks, 0);
		/* Twice is once. */
		sync_timer_destroy(&recorded_timer);
		check_accounts(ktap);
	}
}

static void test_synchronized_ticks(struct ktap *ktap)
{
	int cpu;

	if (!recorder_begin(ktap, INTERVAL_NS, NULL))
		return;
	wait_for_all(ktap, 10);
	msleep(RUN_MS);
	sync_timer_destroy(&recorded_timer);
	for_each_online_cpu(cpu) {
		struct seen *this = seen_by(cpu);
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
	if (!recorder_begin(ktap, INTERVAL_NS, NULL))
		return;
	wait_for_all(ktap, 10);
	msleep(RUN_MS);
	sync_timer_destroy(&recorded_timer);
	check_accounts(ktap);
	for_each_online_cpu(cpu) {
		from = max(from, seen_by(cpu)->first_slot_ns);
		to = min(to, seen_by(cpu)->last_slot_ns);
	}
	if (!EXPECT(ktap, from < to))
		return;
	number = slot_number(from);
	end = min_t(u64, slot_number(to) + 1, SLOTS);
	for (; number < end; number++) {
		u32 cpus = 0;

		for_each_online_cpu(cpu)
			cpus += test_bit(number, seen_by(cpu)->slots);
		common += cpus == num_online_cpus();
		anywhere += cpus > 0;
	}
	EXPECT(ktap, common > 0);
	ktap_note(ktap, "%u slots ticked on all CPUs, %u on some", common, anywhere - common);
}

static void test_missed_ticks(struct ktap *ktap)
{
	int cpu = cpumask_any(cpu_online_mask);
	struct seen *this = seen_by(cpu);

	if (!recorder_begin(ktap, INTERVAL_NS, NULL))
		return;
	EXPECT(ktap, wait_for_ticks(cpu, 3));
	EXPECT(ktap, stall_tick_of(cpu));
	sync_timer_destroy(&recorded_timer);
	EXPECT(ktap, this->gaps - this->gaps_at_stall >= STALL_SLOTS);
	EXPECT(ktap, this->missed >= STALL_SLOTS);
	check_accounts(ktap);
}

/* While paused nothing ticks, and what passes is idle time, not missed. */
static void test_pause_and_resume(struct ktap *ktap)
{
	u64 missed = 0, gaps = 0;
	u32 ticks = 0;
	int cpu;

	if (!recorder_begin(ktap, INTERVAL_NS, NULL))
		return;
	wait_for_all(ktap, 3);
	pause_all(ktap);
	for_each_online_cpu(cpu)
		ticks += ticks_of(cpu);
	msleep(50);
	for_each_online_cpu(cpu) {
		ticks -= ticks_of(cpu);
		missed += seen_by(cpu)->missed;
		gaps += seen_by(cpu)->gaps;
	}
	EXPECT_EQ(ktap, ticks, 0);
	EXPECT_EQ(ktap, missed, gaps);
	resume_all();
	/* Resuming one that runs changes nothing. */
	resume_all();
	wait_for_all(ktap, 3);
	sync_timer_destroy(&recorded_timer);
	for_each_online_cpu(cpu)
		EXPECT(ktap, seen_by(cpu)->idle >= 50);
	check_accounts(ktap);
}

static void test_mask(struct ktap *ktap)
{
	int chosen = cpumask_any(cpu_online_mask), cpu;

	if (!recorder_begin(ktap, INTERVAL_NS, cpumask_of(chosen)))
		return;
	EXPECT(ktap, wait_for_ticks(chosen, 20));
	sync_timer_destroy(&recorded_timer);
	for_each_possible_cpu(cpu)
		EXPECT(ktap, cpu == chosen || !ticks_of(cpu));
}

static void test_hotplug(struct ktap *ktap)
{
	int cpu = cpumask_last(cpu_online_mask);
	struct seen *this = seen_by(cpu);
	u32 ticks;

	if (!hotplug || cpu == 0) {
		ktap_skip(ktap, hotplug ? "only CPU 0 is online" : "hotplug=0");
		return;
	}
	if (!recorder_begin(ktap, INTERVAL_NS, NULL))
		return;
	EXPECT(ktap, wait_for_ticks(cpu, 3));
	if (remove_cpu(cpu)) {
		sync_timer_destroy(&recorded_timer);
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
	sync_timer_destroy(&recorded_timer);
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
	if (recorder_begin(ktap, INTERVAL_NS, NULL)) {
		EXPECT_EQ(ktap, ticks_of(cpu), 0);
		EXPECT_EQ(ktap, add_cpu(cpu), 0);
		EXPECT(ktap, wait_for_ticks(cpu, 3));
		check_accounts(ktap);
		EXPECT_EQ(ktap, remove_cpu(cpu), 0);
		sync_timer_destroy(&recorded_timer);
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
	int ret = recorder_init();

	if (ret)
		return ret;
	ktap_run(cases, ARRAY_SIZE(cases));
	recorder_exit();
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
