// SPDX-License-Identifier: GPL-2.0-only
/* One slot on one CPU, in the hard interrupt of its timer. */
#include <linux/sched.h>

#include "context_switch.h"
#include "emit.h"
#include "listeners.h"
#include "ran_list.h"
#include "rdt.h"
#include "soft_rmid.h"
#include "tick.h"
#include "tick_budget.h"

#define FINISHED_PER_TICK 32u

void emit_process_info(struct cpu_state *cpu, struct process *process,
		       enum mc_info_reason reason)
{
	struct mc_process_info info = {
		.start_time_ns = process->start_time_ns,
		.cgroup_id = READ_ONCE(process->cgroup_id),
		.pid = process->pid,
		.ppid = process->ppid,
		.reason = reason,
		.flags = process->index == PROCESS_KERNEL_THREADS ? MC_FLAG_KERNEL_THREADS : 0,
	};

	process_copy_comm(info.comm, process->comm);
	mc_emit(cpu, process_info, &info);
}

void emit_state(enum mc_state_what what, u32 arg)
{
	struct mc_state state = {
		.slot_ns = current_slot_ns(),
		.interval_ns = collector.interval_ns,
		.unit_bytes = collector.rdt_usable ? collector.rdt.unit_bytes : 0,
		.what = what,
		.arg = arg,
		.mode = collector.mode,
		.rmids = collector.rdt_usable ? collector.rdt.rmids : 0,
		.counter_bits = collector.rdt_usable ? collector.rdt.counter_bits : 0,
		.abi_version = MC_ABI_VERSION,
	};
	unsigned long flags;

	local_irq_save(flags);
	mc_emit(this_cpu_ptr(&cpu_states), state, &state);
	local_irq_restore(flags);
}

/* Drained processes: their last word, then the entry is free. `sure`: of one at least. */
static void emit_finished(struct cpu_state *cpu, u64 slot_ns, bool sure)
{
	struct process *process;
	u32 budget;

	for (budget = FINISHED_PER_TICK; budget; budget--) {
		struct mc_process_exit end = { .slot_ns = slot_ns };

		if (!process_any_finished(&collector.processes))
			return;
		/* A process_info may go before it. */
		if ((budget < FINISHED_PER_TICK || !sure) && !tick_budget_emit(cpu, 2))
			return;
		process = process_pop_finished(&collector.processes);
		if (!process)
			return;
		end.start_time_ns = process->start_time_ns;
		end.cpu_time_ns = atomic64_read(&process->cpu_time_ns);
		end.min_flt = atomic64_read(&process->min_flt);
		end.maj_flt = atomic64_read(&process->maj_flt);
		end.pid = process->pid;
		if (!process->had_rmid && !process->ran_soft)
			end.flags |= collector.mode == MC_MODE_RDT ? MC_FLAG_NO_RMID :
								     MC_FLAG_SOFTWARE;
		memcpy(end.comm, process->comm, MC_COMM_LEN);
		domain_process_totals(process->index, &end.total_bytes, &end.local_bytes);
		if (!process->last_info_ns)
			emit_process_info(cpu, process, MC_INFO_FIRST_SEEN);
		mc_emit(cpu, process_exit, &end);
		domain_process_forget(process->index);
		process_free(&collector.processes, process);
	}
}

static bool may_sleep(const struct cpu_state *cpu)
{
	/* data_race: this interrupted the task, which may be changing another of its flags. */
	if (!data_race(is_idle_task(current)) || process_any_finished(&collector.processes) ||
	    ran_list_pending(cpu))
		return false;
	return collector.mode != MC_MODE_RDT || !cpu->domain || domain_cpu_quiet(cpu);
}

static void emit_tick(struct cpu_state *cpu, const struct sync_tick *when, u64 complete_ns,
		      u32 flags, u32 processes)
{
	struct mc_tick event = {
		.slot_ns = when->slot_ns,
		.late_ns = when->late_ns,
		.duration_ns = ktime_get_ns() - when->slot_ns - when->late_ns,
		.reading_ns = tick_clock_to_ns(cpu->budget.reading),
		.complete_ns = complete_ns,
		.missed = when->missed,
		.idle = when->idle,
		.reads = cpu->reads,
		.events = cpu->events + 1,
		.reads_sample = cpu->tick_reads[READ_SAMPLE],
		.reads_sweep = cpu->tick_reads[READ_SWEEP],
		.reads_drain = cpu->tick_reads[READ_DRAIN],
		.reads_limbo = cpu->tick_reads[READ_LIMBO],
		.reads_soft = cpu->tick_reads[READ_SOFT],
		.soft_switches = cpu->soft_switches,
		.soft_refused = cpu->soft_refused,
		.flags = flags,
		.list_overflow = cpu->ran_overflow,
		.processes = processes,
	};

	if (cpu->behind)
		event.flags |= MC_FLAG_DEFERRED;
	if (cpu->table_full)
		event.flags |= MC_FLAG_TABLE_FULL;
	cpu->table_full = false;
	memset(cpu->tick_reads, 0, sizeof(cpu->tick_reads));
	cpu->ran_overflow = 0;
	cpu->soft_switches = 0;
	cpu->soft_refused = 0;
	mc_emit(cpu, tick, &event);
}

enum hrtimer_restart tick(struct hrtimer *hrtimer)
{
	struct cpu_state *cpu = this_cpu_ptr(&cpu_states);
	struct sync_tick when;
	u32 processes;
	bool reading, ended, sleep;
	u64 complete_ns, end;

	sync_timer_tick(hrtimer, &collector.timer, &when);
	domain_set_ticking(cpu, true);
	if (!cpu->active)
		return sync_timer_restart(hrtimer, &collector.timer);
	tick_budget_begin(cpu);
	if (cpu->slept) {
		tick_all_complete(cpu, when.slot_ns - collector.interval_ns);
		if (cpu->domain)
			domain_woke(cpu->domain, when.slot_ns - collector.interval_ns);
	}

	if (collector.rdt_usable && (collector.mode == MC_MODE_RESCTRL) != resctrl_mounted())
		listeners_reconsider();
	context_switch_account(cpu);
	reading = collector.mode == MC_MODE_RDT && cpu->domain && !resctrl_mounted();
	if (reading)
		domain_tick(cpu, cpu->domain, when.slot_ns, when.slot_ns + when.late_ns);
	ended = process_any_finished(&collector.processes);
	processes = ran_list_tell(cpu, when.slot_ns, when.slot_ns + when.late_ns,
				  tick_turn_to_tell(cpu, ended));
	emit_finished(cpu, when.slot_ns, tick_turn_to_end(cpu, ended));
	end = tick_clock();
	if (cpu->domain)
		soft_rmid_tell(cpu);
	complete_ns = min3(cpu->told_ns, when.slot_ns,
			   process_finished_since(&collector.processes));
	if (reading)
		complete_ns = min3(complete_ns, cpu->read_ns, domain_drained(cpu->domain));
	domain_set_behind(cpu, complete_ns < when.slot_ns);

	sleep = may_sleep(cpu);
	if (sleep) {
		/* Before the look at what is left: who adds to it then sees us asleep. */
		domain_set_ticking(cpu, false);
		/* Pairs with the kick's look at domain->ticking after queueing a drain. */
		smp_mb();
		sleep = may_sleep(cpu);
		if (!sleep)
			domain_set_ticking(cpu, true);
	}
	cpu->slept = sleep;
	emit_tick(cpu, &when, complete_ns, sleep ? MC_FLAG_IDLE : 0, processes);
	tick_budget_learn(&cpu->budget.end_step, tick_clock() - end, 1);
	return sleep ? sync_timer_pause(hrtimer, &collector.timer) :
		       sync_timer_restart(hrtimer, &collector.timer);
}
