// SPDX-License-Identifier: GPL-2.0-only
/* What ran on a CPU, from the switch to the tick's events; see ran_list.h. */
#include <linux/mm.h>
#include <linux/slab.h>

#include "emit.h"
#include "ran_list.h"
#include "soft_rmid.h"
#include "tick_budget.h"

#define INFO_PERIOD_NS NSEC_PER_SEC

int ran_list_make(unsigned int cpu)
{
	struct cpu_state *state = &per_cpu(cpu_states, cpu);
	size_t bytes = array_size(CPU_RAN_MAX, sizeof(*state->ran));

	state->ran = kvmalloc_node(bytes, GFP_KERNEL, cpu_to_node(cpu));
	state->telling = kvmalloc_node(bytes, GFP_KERNEL, cpu_to_node(cpu));
	return state->ran && state->telling ? 0 : -ENOMEM;
}

void ran_list_free(unsigned int cpu)
{
	struct cpu_state *state = &per_cpu(cpu_states, cpu);

	kvfree(state->ran);
	kvfree(state->telling);
	state->ran = NULL;
	state->telling = NULL;
}

void ran_list_reset(struct cpu_state *cpu)
{
	cpu->nr_ran = 0;
	cpu->nr_telling = 0;
	cpu->told = 0;
}

noinline struct cpu_ran *ran_list_add(struct cpu_state *cpu, struct process *process)
{
	struct cpu_ran *ran;

	if (cpu->nr_ran >= CPU_RAN_MAX) {
		cpu->ran_overflow++;
		return NULL;
	}
	WRITE_ONCE(process->listed, cpu->list_number);
	WRITE_ONCE(process->listed_at, cpu->nr_ran);
	ran = &cpu->ran[cpu->nr_ran++];
	*ran = (struct cpu_ran){ .index = process->index, .generation = process->generation };
	return ran;
}

struct cpu_ran *ran_list_get(struct cpu_state *cpu, struct process *process)
{
	/* Its place in some CPU's list, which another CPU may just be writing. */
	u32 at = READ_ONCE(process->listed_at);

	if (at < cpu->nr_ran && cpu->ran[at].index == process->index &&
	    cpu->ran[at].generation == process->generation)
		return &cpu->ran[at];
	return ran_list_add(cpu, process);
}

static u32 sample_flags(struct cpu_state *cpu, struct process *process, bool ran_soft)
{
	u32 flags = 0;

	if (collector.mode != MC_MODE_RDT)
		flags |= MC_FLAG_SOFTWARE;
	else if (READ_ONCE(process->ran_unassigned))
		flags |= MC_FLAG_NO_RMID;
	if (cpu->ran_overflow)
		flags |= MC_FLAG_LIST_OVERFLOW;
	if (process->index == PROCESS_KERNEL_THREADS)
		flags |= MC_FLAG_KERNEL_THREADS;
	/* Told here, for one that ran on it and moved nothing has no rdt_sample. */
	if (ran_soft)
		flags |= MC_FLAG_SOFT | domain_missing_counters();
	return flags;
}

static void emit_process(struct cpu_state *cpu, struct process *process, bool ran_soft,
			 u64 slot_ns, u64 now_ns)
{
	struct mc_process_sample sample;
	u64 last_info_ns;

	fill_process_sample(&sample, process, slot_ns);
	sample.flags = sample_flags(cpu, process, ran_soft);
	WRITE_ONCE(process->ran_unassigned, 0);
	/* Two CPUs may both find it due: then it is told twice. */
	last_info_ns = READ_ONCE(process->last_info_ns);
	if (!last_info_ns || now_ns >= last_info_ns + INFO_PERIOD_NS) {
		emit_process_info(cpu, process,
				  last_info_ns ? MC_INFO_PERIODIC : MC_INFO_FIRST_SEEN);
		WRITE_ONCE(process->last_info_ns, now_ns);
	}
	mc_emit(cpu, process_sample, &sample);
}

static void tell(struct cpu_state *cpu, struct cpu_ran *ran, u64 slot_ns, u64 now_ns)
{
	struct process *process = &collector.processes.entries[ran->index];
	bool ran_soft = ran->ran_soft;

	if (ran->soft)
		soft_rmid_charge(cpu, ran);
	/* Its entry may be another's by now; then its exit event has said all. */
	if (READ_ONCE(process->generation) == ran->generation)
		emit_process(cpu, process, ran_soft, slot_ns, now_ns);
}

static void next_list(struct cpu_state *cpu, u64 slot_ns)
{
	cpu->told_ns = cpu->lists_swapped_ns;
	cpu->lists_swapped_ns = slot_ns;
	swap(cpu->ran, cpu->telling);
	cpu->nr_telling = cpu->nr_ran;
	cpu->told = 0;
	cpu->nr_ran = 0;
	cpu->list_number++;
}

u32 ran_list_tell(struct cpu_state *cpu, u64 slot_ns, u64 now_ns, bool sure)
{
	u64 begin = tick_clock();
	u64 events = cpu->events;
	u32 count = 0;

	while (ran_list_pending(cpu)) {
		struct cpu_ran *ran;

		if (cpu->told == cpu->nr_telling)
			next_list(cpu, slot_ns);
		ran = &cpu->telling[cpu->told];
		/* Its process_sample, a process_info before it, and what was noted. */
		if ((count || !sure) && !tick_budget_emit(cpu, ran->soft ? 3 : 2))
			break;
		tell(cpu, ran, slot_ns, now_ns);
		cpu->told++;
		count++;
	}
	if (!ran_list_pending(cpu))
		cpu->told_ns = cpu->lists_swapped_ns = slot_ns;
	if (count)
		tick_budget_learn(&cpu->budget.event_step, tick_clock() - begin,
				  max_t(u64, count, cpu->events - events));
	return count;
}

void ran_list_charge(struct cpu_state *cpu)
{
	u32 i;

	for (i = cpu->told; i < cpu->nr_telling; i++) {
		if (cpu->telling[i].soft)
			soft_rmid_charge(cpu, &cpu->telling[i]);
	}
	for (i = 0; i < cpu->nr_ran; i++) {
		if (cpu->ran[i].soft)
			soft_rmid_charge(cpu, &cpu->ran[i]);
	}
}
