// SPDX-License-Identifier: GPL-2.0-only
/* Start and stop of everything that costs; see sampling.h. */
#define pr_fmt(fmt) "Memory Collector: " fmt

#include <linux/cpu.h>
#include <linux/cpuhotplug.h>
#include <linux/mutex.h>

#include "context_switch.h"
#include "emit.h"
#include "fail_step.h"
#include "hook.h"
#include "parameters.h"
#include "ran_list.h"
#include "rdt.h"
#include "resctrl_watch.h"
#include "rmid_owner.h"
#include "soft_rmid.h"
#include "sampling.h"
#include "tick.h"
#include "tick_budget.h"

DEFINE_PER_CPU(struct cpu_state, cpu_states);
struct collector collector;

/* Held around start, stop and dump; never in a reg or hotplug callback. */
static DEFINE_MUTEX(control);
static bool running;
static bool failed;
static int cpu_hotplug_state;
/* No CPU joins any more. */
static bool stopping;

static void kick_this_cpu(void *unused)
{
	if (this_cpu_ptr(&cpu_states)->active)
		sync_timer_resume(&collector.timer);
}

static int cpu_starts(unsigned int id)
{
	struct cpu_state *cpu = this_cpu_ptr(&cpu_states);
	unsigned long flags;

	if (READ_ONCE(stopping) || !cpumask_test_cpu(id, &collector.cpus))
		return 0;
	cpu->key_known = false;
	cpu->key = NULL;
	WRITE_ONCE(cpu->process, NULL);
	cpu->before = collector.processes.entries;
	WRITE_ONCE(cpu->rmid, 0);
	cpu->ticking = false;
	ran_list_reset(cpu);
	tick_all_complete(cpu, current_slot_ns());
	cpu->behind = false;
	cpu->slept = false;
	INIT_CSD(&cpu->kick, kick_this_cpu, NULL);
	if (collector.rdt_usable) {
		if (fail_step("domain") || domain_cpu_join(cpu))
			return 0;
		cpu->domain_bit = BIT_ULL(cpu->domain->index);
		pqr_begin(cpu);
	}
	local_irq_save(flags);
	cpu->active = true;
	local_irq_restore(flags);
	emit_state(MC_STATE_CPU_UP, id);
	return 0;
}

/* On the CPU: from here on the hook does nothing there, and PQR is as it was. */
static void leave_cpu(void *unused)
{
	struct cpu_state *cpu = this_cpu_ptr(&cpu_states);
	unsigned long flags;

	local_irq_save(flags);
	if (cpu->active) {
		cpu->active = false;
		context_switch_leave(cpu);
	}
	local_irq_restore(flags);
}

/* What ran here since the last tick, and what ticks had no time for: no tick comes any more. */
static void tell_what_ran(struct cpu_state *cpu)
{
	unsigned long flags;

	while (ran_list_pending(cpu)) {
		local_irq_save(flags);
		tick_budget_begin(cpu);
		ran_list_tell(cpu, current_slot_ns(), ktime_get_ns(), true);
		local_irq_restore(flags);
	}
}

static int cpu_stops(unsigned int id)
{
	struct cpu_state *cpu = this_cpu_ptr(&cpu_states);
	bool ours = !stopping && cpumask_test_cpu(id, &collector.cpus);

	leave_cpu(NULL);
	if (ours)
		tell_what_ran(cpu);
	domain_cpu_leave(cpu, !stopping);
	if (ours)
		emit_state(MC_STATE_CPU_DOWN, id);
	return 0;
}

static void reset_counts(void)
{
	int cpu;

	for_each_possible_cpu(cpu) {
		struct cpu_state *state = &per_cpu(cpu_states, cpu);

		state->events = 0;
		state->reads = 0;
		state->foreign_pqr = 0;
		state->soft_rmid = 0;
		state->soft_local_carry = 0;
		state->soft_total_bytes = 0;
		state->soft_local_bytes = 0;
		state->ran_overflow = 0;
		state->list_number = (u64)cpu << LIST_BITS | 1;
		bitmap_zero(state->touched, RMID_MAX);
		memset(state->tick_reads, 0, sizeof(state->tick_reads));
		tick_budget_reset(state);
	}
}

static void free_lists(void)
{
	int cpu;

	for_each_possible_cpu(cpu)
		ran_list_free(cpu);
}

static int make_lists(void)
{
	int cpu;

	for_each_possible_cpu(cpu) {
		if (ran_list_make(cpu)) {
			free_lists();
			return -ENOMEM;
		}
	}
	return 0;
}

static int prepare(void)
{
	int ret;

	ret = fail_step("process table") ?:
	      process_table_init(&collector.processes, parameter_max_processes());
	if (ret)
		return ret;
	ret = fail_step("lists") ?: make_lists();
	if (ret) {
		process_table_destroy(&collector.processes);
		return ret;
	}
	reset_counts();
	raw_spin_lock_init(&collector.rmid_lock);
	collector.mode = MC_MODE_SOFTWARE;
	if (collector.rdt_usable) {
		rmid_allocator_init(&collector.rmids, collector.rdt.rmids,
				    parameter_rmid_min_free_ns());
		collector.soft_rmids_wanted = soft_rmid_count();
		collector.nr_soft_rmids = 0;
		collector.promotion_heat = 0;
		collector.mode = resctrl_mounted() ? MC_MODE_RESCTRL : MC_MODE_RDT;
		if (collector.mode == MC_MODE_RDT)
			rmid_owner_init();
	}
	return 0;
}

static void noop(void *unused)
{
}

static void unprepare(void)
{
	/* A kick still on its way was queued before this. */
	on_each_cpu(noop, NULL, 1);
	domains_free();
	free_lists();
	process_table_destroy(&collector.processes);
}

/*
 * Before the hooks go: a process switched to without a hook would run on with
 * the RMID of the one before.
 */
static void leave_all_cpus(void)
{
	on_each_cpu(leave_cpu, NULL, 1);
}

static int start(void)
{
	int ret;

	ret = prepare();
	if (ret)
		return ret;
	emit_state(MC_STATE_STARTED, 0);
	WRITE_ONCE(stopping, false);
	ret = fail_step("CPUs") ?: cpuhp_setup_state(CPUHP_AP_ONLINE_DYN, "memory_collector:cpu",
						     cpu_starts, cpu_stops);
	if (ret < 0)
		goto undo_prepare;
	cpu_hotplug_state = ret;
	ret = hooks_register();
	if (ret)
		goto undo_cpus;
	ret = sync_timer_init_mask(&collector.timer, tick, collector.interval_ns, &collector.cpus);
	if (ret)
		goto undo_hooks;
	return 0;

undo_hooks:
	WRITE_ONCE(stopping, true);
	leave_all_cpus();
	hooks_unregister();
undo_cpus:
	WRITE_ONCE(stopping, true);
	cpuhp_remove_state(cpu_hotplug_state);
undo_prepare:
	unprepare();
	return ret;
}

int sampling_start(void)
{
	int ret = 0;

	mutex_lock(&control);
	if (!running && !failed) {
		ret = start();
		running = !ret;
		/* Said once, and tried again when the next listener comes. */
		failed = ret;
		if (ret)
			pr_err("sampling cannot start: error %d\n", ret);
	}
	mutex_unlock(&control);
	return running ? 0 : -EAGAIN;
}

void sampling_stop(void)
{
	mutex_lock(&control);
	failed = false;
	if (running) {
		emit_state(MC_STATE_STOPPED, 0);
		WRITE_ONCE(stopping, true);
		/* First: a hook on a CPU that is still active may resume the timer. */
		leave_all_cpus();
		sync_timer_destroy(&collector.timer);
		hooks_unregister();
		cpuhp_remove_state(cpu_hotplug_state);
		unprepare();
		running = false;
	}
	mutex_unlock(&control);
}

static void step_aside(void *unused)
{
	struct cpu_state *cpu = this_cpu_ptr(&cpu_states);

	if (!cpu->active)
		return;
	if (cpu->domain)
		ran_list_charge(cpu);
	WRITE_ONCE(cpu->rmid, 0);
	bitmap_zero(cpu->touched, RMID_MAX);
	if (cpu->domain)
		pqr_restore(cpu);
}

static void take_up(void *unused)
{
	struct cpu_state *cpu = this_cpu_ptr(&cpu_states);

	if (!cpu->active || !cpu->domain)
		return;
	soft_rmid_join(cpu);
	/* Nothing was to be read meanwhile. */
	cpu->read_ns = cpu->round_ns = current_slot_ns();
}

/* Nobody will close the slots that are open: what was read in them counts. */
static void publish_domains(void)
{
	unsigned long flags;
	u32 index;

	for (index = 0; index < collector.nr_domains; index++) {
		local_irq_save(flags);
		domain_publish_slot(this_cpu_ptr(&cpu_states), collector.domains[index]);
		local_irq_restore(flags);
	}
}

/* No CPU holds an RMID of ours any more: nobody owns one. */
static void forget_rmids(void)
{
	struct process_table *table = &collector.processes;
	unsigned long flags;
	u32 index;

	for (index = 0; index < collector.nr_domains; index++)
		bitmap_zero(collector.domains[index]->drain, RMID_MAX);
	for (index = 0; index < table->size; index++) {
		struct process *process = &table->entries[index];

		raw_spin_lock_irqsave(&collector.rmid_lock, flags);
		rmid_owner_abandon(process);
		raw_spin_unlock_irqrestore(&collector.rmid_lock, flags);
	}
	raw_spin_lock_irqsave(&collector.rmid_lock, flags);
	rmid_allocator_init(&collector.rmids, collector.rdt.rmids, parameter_rmid_min_free_ns());
	raw_spin_unlock_irqrestore(&collector.rmid_lock, flags);
}

void sampling_follow_resctrl(void)
{
	bool mounted = resctrl_mounted();

	mutex_lock(&control);
	if (running && mounted && collector.mode == MC_MODE_RDT) {
		/* Hooks and ticks already step aside; this waits for the rest. */
		WRITE_ONCE(collector.mode, MC_MODE_RESCTRL);
		on_each_cpu(step_aside, NULL, 1);
		publish_domains();
		forget_rmids();
		pr_info("resctrl is mounted: it has the RMIDs now, sampling goes on without bandwidth\n");
		emit_state(MC_STATE_RESCTRL_MOUNTED, 0);
	} else if (running && !mounted && collector.mode == MC_MODE_RESCTRL) {
		domains_baseline();
		rmid_owner_init();
		on_each_cpu(take_up, NULL, 1);
		WRITE_ONCE(collector.mode, MC_MODE_RDT);
		pr_info("resctrl is unmounted: bandwidth is measured again\n");
		emit_state(MC_STATE_RESCTRL_LEFT, 0);
	}
	mutex_unlock(&control);
}

int sampling_visit(void (*visit)(void))
{
	int ret = -ENODATA;

	mutex_lock(&control);
	if (running) {
		visit();
		ret = 0;
	}
	mutex_unlock(&control);
	return ret;
}
