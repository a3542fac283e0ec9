// SPDX-License-Identifier: GPL-2.0-only
/* Ticks on every CPU at the same nanosecond; see sync_timer.h. */
#include <linux/math64.h>
#include <linux/ktime.h>
#include <linux/rcupdate.h>

#include "compat/compat.h"
#include "fail_step.h"
#include "sync_timer.h"

static u64 slot_of(const struct sync_timer *timer, u64 now_ns)
{
	u64 rest;

	div64_u64_rem(now_ns, timer->interval_ns, &rest);
	return now_ns - rest;
}

static void arm_next(struct sync_timer *timer, struct sync_timer_cpu *cpu)
{
	u64 next = slot_of(timer, ktime_get_ns()) + timer->interval_ns;

	hrtimer_start(&cpu->hrtimer, ns_to_ktime(next), HRTIMER_MODE_ABS_PINNED_HARD);
}

/* Runs on the CPU itself, in its hotplug thread: the timer is pinned to it. */
static int timer_cpu_online(unsigned int cpu, struct hlist_node *node)
{
	struct sync_timer *timer = hlist_entry(node, struct sync_timer, node);
	struct sync_timer_cpu *this = per_cpu_ptr(timer->cpus, cpu);
	unsigned long flags;
	int ret;

	if (timer->mask && !cpumask_test_cpu(cpu, timer->mask))
		return 0;
	ret = fail_step("timer of a CPU");
	if (ret)
		return ret;
	compat_hrtimer_setup(&this->hrtimer, timer->callback, CLOCK_MONOTONIC,
			     HRTIMER_MODE_ABS_PINNED_HARD);
	local_irq_save(flags);
	this->slot_ns = 0;
	this->paused = false;
	this->enabled = true;
	arm_next(timer, this);
	local_irq_restore(flags);
	return 0;
}

static int timer_cpu_offline(unsigned int cpu, struct hlist_node *node)
{
	struct sync_timer *timer = hlist_entry(node, struct sync_timer, node);
	struct sync_timer_cpu *this = per_cpu_ptr(timer->cpus, cpu);
	unsigned long flags;

	if (!this->enabled)
		return 0;
	/* From here on nothing on this CPU resumes it. */
	local_irq_save(flags);
	this->enabled = false;
	local_irq_restore(flags);
	hrtimer_cancel(&this->hrtimer);
	return 0;
}

int sync_timer_init_mask(struct sync_timer *timer, sync_timer_callback callback, u64 interval_ns,
			 const struct cpumask *mask)
{
	struct sync_timer_cpu __percpu *cpus;
	int ret;

	if (interval_ns < SYNC_TIMER_MIN_INTERVAL_NS || interval_ns > SYNC_TIMER_MAX_INTERVAL_NS)
		return -EINVAL;
	timer->callback = callback;
	timer->interval_ns = interval_ns;
	timer->mask = mask;
	cpus = fail_step("timer memory") ? NULL : alloc_percpu(struct sync_timer_cpu);
	if (!cpus)
		return -ENOMEM;
	/* Who resumes already finds none of them enabled. */
	smp_store_release(&timer->cpus, cpus);
	ret = fail_step("timer state") ?:
	      cpuhp_setup_state_multi(CPUHP_AP_ONLINE_DYN, "memory_collector:timer",
				      timer_cpu_online, timer_cpu_offline);
	if (ret < 0)
		goto free_cpus;
	timer->cpuhp_state = ret;
	ret = cpuhp_state_add_instance(timer->cpuhp_state, &timer->node);
	if (ret)
		goto remove_state;
	return 0;

remove_state:
	cpuhp_remove_multi_state(timer->cpuhp_state);
free_cpus:
	WRITE_ONCE(timer->cpus, NULL);
	/* Who may be about to resume it has interrupts off. */
	synchronize_rcu();
	free_percpu(cpus);
	return ret;
}

int sync_timer_init(struct sync_timer *timer, sync_timer_callback callback, u64 interval_ns)
{
	return sync_timer_init_mask(timer, callback, interval_ns, NULL);
}

void sync_timer_destroy(struct sync_timer *timer)
{
	if (!timer->cpus)
		return;
	cpuhp_state_remove_instance(timer->cpuhp_state, &timer->node);
	cpuhp_remove_multi_state(timer->cpuhp_state);
	free_percpu(timer->cpus);
	timer->cpus = NULL;
}

void sync_timer_tick(struct hrtimer *hrtimer, struct sync_timer *timer, struct sync_tick *tick)
{
	struct sync_timer_cpu *this = this_cpu_ptr(timer->cpus);
	u64 now = ktime_get_ns();
	u64 slot = slot_of(timer, now);

	if (this->slot_ns && slot > this->slot_ns)
		this->missed += div64_u64(slot - this->slot_ns, timer->interval_ns) - 1;
	this->slot_ns = slot;
	tick->slot_ns = slot;
	tick->late_ns = now - slot;
	tick->missed = this->missed;
	tick->idle = this->idle;
}

enum hrtimer_restart sync_timer_restart(struct hrtimer *hrtimer, struct sync_timer *timer)
{
	/*
	 * A multiple of the interval even if this tick ran over: forwarding
	 * keeps the phase, and sync_timer_tick() counts what was skipped.
	 */
	hrtimer_forward_now(hrtimer, ns_to_ktime(timer->interval_ns));
	return HRTIMER_RESTART;
}

enum hrtimer_restart sync_timer_pause(struct hrtimer *hrtimer, struct sync_timer *timer)
{
	this_cpu_ptr(timer->cpus)->paused = true;
	return HRTIMER_NORESTART;
}

void sync_timer_resume(struct sync_timer *timer)
{
	struct sync_timer_cpu __percpu *cpus = READ_ONCE(timer->cpus);
	struct sync_timer_cpu *this;
	u64 slot;

	if (!cpus)
		return;
	this = this_cpu_ptr(cpus);
	if (!this->enabled || !this->paused)
		return;
	this->paused = false;
	slot = slot_of(timer, ktime_get_ns());
	if (this->slot_ns && slot > this->slot_ns) {
		this->idle += div64_u64(slot - this->slot_ns, timer->interval_ns);
		this->slot_ns = slot;
	}
	/* Legal under the runqueue lock, as the scheduler's own hrtick is. */
	hrtimer_start(&this->hrtimer, ns_to_ktime(slot + timer->interval_ns),
		      HRTIMER_MODE_ABS_PINNED_HARD);
}
