// SPDX-License-Identifier: GPL-2.0-only
/* See tick_recorder.h. */
#include <linux/delay.h>
#include <linux/errno.h>
#include <linux/jiffies.h>
#include <linux/ktime.h>
#include <linux/math64.h>
#include <linux/percpu.h>
#include <linux/smp.h>

#include "tick_recorder.h"

/* More than a machine needs for a tick, however loaded. */
#define PATIENCE_MS 10000

struct sync_timer recorded_timer;
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

	sync_timer_tick(hrtimer, &recorded_timer, &tick);
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
	number = slot_number(tick.slot_ns);
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
		return sync_timer_pause(hrtimer, &recorded_timer);
	}
	return sync_timer_restart(hrtimer, &recorded_timer);
}

int recorder_init(void)
{
	seen = alloc_percpu(struct seen);
	return seen ? 0 : -ENOMEM;
}

void recorder_exit(void)
{
	free_percpu(seen);
}

struct seen *seen_by(int cpu)
{
	return per_cpu_ptr(seen, cpu);
}

u64 slot_number(u64 slot_ns)
{
	return div64_u64(slot_ns - base_slot_ns, interval_ns);
}

bool recorder_begin(struct ktap *ktap, u64 interval, const struct cpumask *mask)
{
	int cpu;

	for_each_possible_cpu(cpu)
		memset(seen_by(cpu), 0, sizeof(*seen));
	stall_cpu = -1;
	pausing = false;
	interval_ns = interval;
	base_slot_ns = div64_u64(ktime_get_ns(), interval) * interval;
	return EXPECT_EQ(ktap, sync_timer_init_mask(&recorded_timer, on_tick, interval, mask), 0);
}

u32 ticks_of(int cpu)
{
	return READ_ONCE(seen_by(cpu)->ticks);
}

bool wait_for_ticks(int cpu, u32 more)
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

void wait_for_all(struct ktap *ktap, u32 more)
{
	int cpu;

	for_each_online_cpu(cpu)
		EXPECT(ktap, wait_for_ticks(cpu, more));
}

static bool wait_until_paused(int cpu)
{
	unsigned long deadline = jiffies + msecs_to_jiffies(PATIENCE_MS);

	while (!READ_ONCE(seen_by(cpu)->paused)) {
		if (time_after(jiffies, deadline))
			return false;
		msleep(2);
	}
	return true;
}

void pause_all(struct ktap *ktap)
{
	int cpu;

	WRITE_ONCE(pausing, true);
	for_each_online_cpu(cpu)
		EXPECT(ktap, wait_until_paused(cpu));
}

static void resume(void *unused)
{
	sync_timer_resume(&recorded_timer);
}

void resume_all(void)
{
	WRITE_ONCE(pausing, false);
	on_each_cpu(resume, NULL, 1);
}

bool stall_tick_of(int cpu)
{
	WRITE_ONCE(stall_cpu, cpu);
	return wait_for_ticks(cpu, 5) && READ_ONCE(stall_cpu) == -1;
}

void check_accounts(struct ktap *ktap)
{
	int cpu;

	for_each_online_cpu(cpu) {
		struct seen *this = seen_by(cpu);

		EXPECT_EQ(ktap, this->off_phase, 0);
		EXPECT_EQ(ktap, this->early, 0);
		EXPECT_EQ(ktap, this->backwards, 0);
		EXPECT_EQ(ktap, this->missed_at_first, 0);
		EXPECT_EQ(ktap, this->missed + this->idle, this->gaps);
	}
}
