// SPDX-License-Identifier: GPL-2.0-only
/* The answer to `dump`: the totals so far of every domain, soft RMID and process. */
#include <linux/sched.h>

#include "dump.h"
#include "emit.h"
#include "sampling.h"
#include "soft_rmid.h"

static void dump_domain(struct cpu_state *cpu, struct domain *domain, struct process *process,
			u32 rmid)
{
	struct mc_rdt_sample sample = {
		.start_time_ns = process->start_time_ns,
		.pid = process->pid,
		.rmid = rmid,
		.domain = domain->cache_id,
		.flags = MC_FLAG_EXISTING | MC_FLAG_OCCUPANCY_INVALID,
	};

	raw_spin_lock(&domain->lock);
	sample.slot_ns = domain->slot_ns;
	sample.total_bytes = domain->processes[process->index].total_bytes;
	sample.local_bytes = domain->processes[process->index].local_bytes;
	raw_spin_unlock(&domain->lock);
	if (sample.total_bytes)
		mc_emit(cpu, rdt_sample, &sample);
}

/* Interrupts off: the entry stays what it is. */
static void dump_process(struct cpu_state *cpu, struct process *process)
{
	struct mc_process_sample sample;
	struct mc_rmid_event event = {
		.start_time_ns = process->start_time_ns,
		.pid = process->pid,
		.rmid = READ_ONCE(process->rmid),
		.reason = MC_RMID_DUMP,
	};
	u32 index;

	emit_process_info(cpu, process, MC_INFO_DUMP);
	fill_process_sample(&sample, process, current_slot_ns());
	sample.flags = MC_FLAG_EXISTING;
	mc_emit(cpu, process_sample, &sample);
	if (event.rmid) {
		process_copy_comm(event.comm, process->comm);
		mc_emit(cpu, rmid_existing, &event);
	}
	for (index = 0; index < collector.nr_domains; index++)
		dump_domain(cpu, collector.domains[index], process, event.rmid);
}

static void dump_domains(void)
{
	unsigned int cpu;
	unsigned long flags;
	u32 index;

	for (index = 0; index < collector.nr_domains; index++) {
		local_irq_save(flags);
		domain_dump(this_cpu_ptr(&cpu_states), collector.domains[index]);
		local_irq_restore(flags);
	}
	for_each_possible_cpu(cpu) {
		local_irq_save(flags);
		soft_rmid_dump(this_cpu_ptr(&cpu_states), cpu);
		local_irq_restore(flags);
	}
}

static void dump_all(void)
{
	struct process *process;
	unsigned long flags;
	u32 index, dumped = 0;

	emit_state(MC_STATE_DUMP_BEGIN, 0);
	dump_domains();
	for (index = 0; index < collector.processes.size; index++) {
		process = &collector.processes.entries[index];
		if (READ_ONCE(process->state) == PROCESS_FREE)
			continue;
		local_irq_save(flags);
		/* Pairs with the release that makes a new entry live. */
		if (smp_load_acquire(&process->state) != PROCESS_FREE) {
			dump_process(this_cpu_ptr(&cpu_states), process);
			dumped++;
		}
		local_irq_restore(flags);
		cond_resched();
	}
	emit_state(MC_STATE_DUMP_END, dumped);
}

int dump(void)
{
	return sampling_visit(dump_all);
}
