// SPDX-License-Identifier: GPL-2.0-only
/* Bandwidth of processes without an RMID of their own; see soft_rmid.h. */
#define pr_fmt(fmt) "Memory Collector: " fmt

#include "emit.h"
#include "ran_list.h"
#include "rdt.h"
#include "rmid_balance.h"
#include "rmid_owner.h"
#include "soft_rmid.h"
#include "tick_clock.h"

/* RMIDs that must be left for processes: below, soft ones would be all there is. */
#define LEAST_HARD_RMIDS 4u

u32 soft_rmid_count(void)
{
	u32 cpus;

	if (!collector.soft_switches || !collector.rdt.total)
		return 0;
	cpus = rdt_most_cpus_of_a_cache();
	/* RMID 0 and the kernel threads' are taken too. */
	if (cpus + 2 + LEAST_HARD_RMIDS <= collector.rdt.rmids)
		return cpus;
	pr_info("%u RMIDs are too few for a soft one on each of the %u CPUs of a domain: processes without an RMID stay unattributed\n",
		collector.rdt.rmids, cpus);
	return 0;
}

void soft_rmid_init(void)
{
	u32 i;

	collector.nr_soft_rmids = 0;
	for (i = 0; i < collector.soft_rmids_wanted; i++) {
		collector.soft_rmids[i] = rmid_allocator_reserve(&collector.rmids, RMID_NO_OWNER);
		if (!collector.soft_rmids[i])
			break;
		collector.nr_soft_rmids++;
	}
}

void soft_rmid_join(struct cpu_state *cpu)
{
	/* More CPUs came than were there at the start: those do without. */
	cpu->soft_rmid = cpu->position < collector.nr_soft_rmids ?
				 collector.soft_rmids[cpu->position] : 0;
	cpu->soft_left = collector.soft_switches;
	cpu->soft_switches = 0;
	cpu->soft_refused = 0;
	cpu->soft_news = false;
}

bool soft_rmid_available(struct cpu_state *cpu)
{
	if (!cpu->soft_rmid)
		return false;
	if (cpu->soft_left)
		return true;
	cpu->soft_refused++;
	return false;
}

/* No place in the list: charged at once, one event for this one. */
static void charge_now(struct cpu_state *cpu, struct process *process, u64 total, u64 local,
		       u32 flags)
{
	struct mc_rdt_sample sample;

	raw_spin_lock(&cpu->domain->lock);
	domain_charge_soft(cpu, cpu->domain, process->index, total, local, flags, &sample);
	raw_spin_unlock(&cpu->domain->lock);
	mc_emit(cpu, rdt_sample, &sample);
}

static void note(struct process *process, struct cpu_ran *ran, u64 total, u64 local, u32 flags)
{
	if (!ran->soft) {
		/* Before the CPU lets go of the process: see rmid_owner_process_left(). */
		atomic_inc(&process->soft_pending);
		ran->soft = true;
	}
	ran->soft_total += total;
	ran->soft_local += local;
	ran->soft_flags |= flags;
}

void soft_rmid_take(struct cpu_state *cpu, struct process *process)
{
	struct rdt_selection selection;
	struct cpu_ran *ran;
	u64 total, local;
	u32 failure;

	raw_spin_lock(&cpu->domain->lock);
	rdt_selection_save(&selection);
	failure = domain_read_soft(cpu, cpu->domain, cpu->soft_rmid, &total, &local);
	rdt_selection_restore(&selection);
	raw_spin_unlock(&cpu->domain->lock);

	/*
	 * The two counters turn at different moments: nobody is to be shown more
	 * local bytes than bytes, so what is too much is the next one's.
	 */
	cpu->soft_local_carry += local;
	local = min(cpu->soft_local_carry, total);
	cpu->soft_local_carry -= local;

	if (cpu->soft_left)
		cpu->soft_left--;
	cpu->soft_switches++;
	cpu->soft_news = true;
	WRITE_ONCE(process->ran_soft, true);
	ran = ran_list_get(cpu, process);
	if (ran)
		ran->ran_soft = true;
	if (!total && !local && !failure)
		return;
	if (ran)
		note(process, ran, total, local, failure);
	else
		charge_now(cpu, process, total, local, failure);
}

void soft_rmid_charge(struct cpu_state *cpu, struct cpu_ran *ran)
{
	struct domain *domain = cpu->domain;
	struct mc_rdt_sample sample;

	raw_spin_lock(&domain->lock);
	domain_charge_soft(cpu, domain, ran->index, ran->soft_total, ran->soft_local,
			   ran->soft_flags, &sample);
	rmid_balance_note(domain, ran->index);
	raw_spin_unlock(&domain->lock);
	ran->soft = false;
	ran->soft_total = 0;
	ran->soft_local = 0;
	ran->soft_flags = 0;
	mc_emit(cpu, rdt_sample, &sample);
	rmid_owner_soft_charged(&collector.processes.entries[ran->index]);
}

static struct mc_soft_sample describe(const struct cpu_state *cpu, unsigned int number,
				      const struct domain *domain)
{
	return (struct mc_soft_sample){
		.total_bytes = cpu->soft_total_bytes,
		.local_bytes = cpu->soft_local_bytes,
		.cpu = number,
		.rmid = cpu->soft_rmid,
		.domain = domain->cache_id,
		.flags = MC_FLAG_SOFT,
	};
}

void soft_rmid_dump(struct cpu_state *here, unsigned int number)
{
	const struct cpu_state *cpu = &per_cpu(cpu_states, number);
	struct mc_soft_sample sample;
	struct domain *domain;

	if (!READ_ONCE(cpu->soft_total_bytes))
		return;
	/* The CPU may be down, and come again: its counts go on. */
	domain = collector.domains[__ffs64(cpu->domain_bit)];
	raw_spin_lock(&domain->lock);
	sample = describe(cpu, number, domain);
	raw_spin_unlock(&domain->lock);
	sample.slot_ns = current_slot_ns();
	sample.flags |= MC_FLAG_EXISTING | MC_FLAG_OCCUPANCY_INVALID;
	mc_emit(here, soft_sample, &sample);
}

void soft_rmid_tell(struct cpu_state *cpu)
{
	struct domain *domain = cpu->domain;
	struct mc_soft_sample sample;
	struct rdt_selection selection;
	u64 begin;

	if (!cpu->soft_news)
		return;
	cpu->soft_news = false;
	/* Its counters may be another's by now. */
	if (!rdt_is_ours())
		return;
	begin = tick_clock();
	raw_spin_lock(&domain->lock);
	sample = describe(cpu, smp_processor_id(), domain);
	rdt_selection_save(&selection);
	if (!domain_read_occupancy(cpu, domain, cpu->soft_rmid, READ_SOFT,
				   &sample.occupancy_bytes))
		sample.flags |= MC_FLAG_OCCUPANCY_INVALID;
	rdt_selection_restore(&selection);
	sample.slot_ns = domain->slot_ns;
	raw_spin_unlock(&domain->lock);
	cpu->budget.reading += tick_clock() - begin;
	mc_emit(cpu, soft_sample, &sample);
}
