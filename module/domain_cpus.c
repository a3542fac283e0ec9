// SPDX-License-Identifier: GPL-2.0-only
/* Domains come and go with their CPUs. Process context, on the CPU in question. */
#define pr_fmt(fmt) "Memory Collector: " fmt

#include <linux/cpu.h>
#include <linux/vmalloc.h>

#include "emit.h"
#include "ran_list.h"
#include "rdt.h"
#include "rmid_owner.h"
#include "soft_rmid.h"
#include "tick_budget.h"

/* RMIDs read with interrupts off in one go, outside the tick. */
#define CHUNK 8u

static struct domain *find(u32 cache_id)
{
	u32 index;

	for (index = 0; index < collector.nr_domains; index++) {
		if (collector.domains[index]->cache_id == cache_id)
			return collector.domains[index];
	}
	return NULL;
}

static void free_domain(struct domain *domain)
{
	vfree(domain->processes);
	vfree(domain);
}

static struct domain *make(u32 cache_id)
{
	struct domain *domain;

	if (collector.nr_domains >= DOMAIN_MAX) {
		pr_warn("more than %u L3 domains: the rest is not measured\n", DOMAIN_MAX);
		return NULL;
	}
	domain = vzalloc(struct_size(domain, rmids, collector.rdt.rmids));
	if (!domain)
		return NULL;
	domain->processes = vzalloc(array_size(collector.processes.size,
					       sizeof(*domain->processes)));
	if (!domain->processes) {
		free_domain(domain);
		return NULL;
	}
	raw_spin_lock_init(&domain->lock);
	domain->cache_id = cache_id;
	domain->index = collector.nr_domains;
	domain->slot_published = true;
	collector.domains[domain->index] = domain;
	/* Complete before anyone walks up to it. */
	smp_store_release(&collector.nr_domains, domain->index + 1);
	return domain;
}

struct baseline_chunk {
	u32 first;
	u32 end;
};

/* On a CPU of the domain. */
static void baseline_chunk(void *argument)
{
	const struct baseline_chunk *chunk = argument;
	struct cpu_state *cpu = this_cpu_ptr(&cpu_states);
	struct domain *domain = cpu->domain;
	struct rdt_selection selection;
	unsigned long flags;
	u32 rmid;

	if (!domain)
		return;
	raw_spin_lock_irqsave(&domain->lock, flags);
	rdt_selection_save(&selection);
	for (rmid = chunk->first; rmid < chunk->end; rmid++)
		domain_read_baseline(cpu, domain, rmid);
	rdt_selection_restore(&selection);
	raw_spin_unlock_irqrestore(&domain->lock, flags);
}

static void baseline(unsigned int cpu)
{
	struct baseline_chunk chunk;

	for (chunk.first = 0; chunk.first < collector.rdt.rmids; chunk.first = chunk.end) {
		chunk.end = min(chunk.first + CHUNK, collector.rdt.rmids);
		smp_call_function_single(cpu, baseline_chunk, &chunk, 1);
	}
}

void domains_baseline(void)
{
	unsigned int cpu;
	u32 index;

	cpus_read_lock();
	for (index = 0; index < collector.nr_domains; index++) {
		cpu = cpumask_first(&collector.domains[index]->cpus);
		if (cpu < nr_cpu_ids)
			baseline(cpu);
	}
	cpus_read_unlock();
}

int domain_cpu_join(struct cpu_state *cpu)
{
	u32 cache_id = rdt_cache_id();
	struct domain *domain = find(cache_id);

	if (!domain)
		domain = make(cache_id);
	if (!domain)
		return -ENOMEM;
	cpu->domain = domain;
	if (cpumask_empty(&domain->cpus)) {
		/* The counters may have been reset or gone on meanwhile. */
		if (collector.mode == MC_MODE_RDT)
			baseline(smp_processor_id());
		WRITE_ONCE(domain->online, true);
	}
	cpumask_set_cpu(smp_processor_id(), &domain->cpus);
	cpu->position = find_first_zero_bit(domain->positions, NR_CPUS);
	__set_bit(cpu->position, domain->positions);
	soft_rmid_join(cpu);
	return 0;
}

/* All that could still hold bytes for someone: `all`, or what this CPU touched. */
static void flush(struct cpu_state *cpu, struct domain *domain, bool all)
{
	unsigned long flags;
	u32 rounds;

	if (all) {
		u32 rmid;

		__set_bit(0, cpu->touched);
		for (rmid = 1; rmid < collector.rdt.rmids; rmid++) {
			if (READ_ONCE(collector.rmids.entries[rmid].used_domains) &
			    BIT_ULL(domain->index))
				__set_bit(rmid, cpu->touched);
		}
	}
	/* Each round labels its reads with a new slot; retries need several. */
	for (rounds = 0; rounds < RMID_MAX && !bitmap_empty(cpu->touched, RMID_MAX); rounds++) {
		local_irq_save(flags);
		tick_budget_begin(cpu);
		cpu->change_slot_ns = 0;
		domain_tick(cpu, domain, domain->slot_ns + 1, ktime_get_ns());
		local_irq_restore(flags);
	}
	for (rounds = 0; all && rounds < RMID_MAX && !bitmap_empty(domain->drain, RMID_MAX);
	     rounds++) {
		local_irq_save(flags);
		tick_budget_begin(cpu);
		domain_tick(cpu, domain, domain->slot_ns + 1, ktime_get_ns());
		local_irq_restore(flags);
	}
}

void domain_cpu_leave(struct cpu_state *cpu, bool flush_it)
{
	struct domain *domain = cpu->domain;
	unsigned long flags;
	bool last;

	if (!domain)
		return;
	cpumask_clear_cpu(smp_processor_id(), &domain->cpus);
	if (flush_it && collector.mode == MC_MODE_RDT) {
		local_irq_save(flags);
		ran_list_charge(cpu);
		soft_rmid_tell(cpu);
		local_irq_restore(flags);
	}
	__clear_bit(cpu->position, domain->positions);
	last = cpumask_empty(&domain->cpus);
	if (flush_it && collector.mode == MC_MODE_RDT)
		flush(cpu, domain, last);
	local_irq_save(flags);
	domain_set_ticking(cpu, false);
	domain_set_behind(cpu, false);
	bitmap_zero(cpu->touched, RMID_MAX);
	if (last && flush_it && collector.mode == MC_MODE_RDT)
		domain_publish_slot(cpu, domain);
	local_irq_restore(flags);
	cpu->domain = NULL;
	if (!last)
		return;
	WRITE_ONCE(domain->online, false);
	if (flush_it && collector.mode == MC_MODE_RDT) {
		rmid_owner_forget_domain(cpu, domain);
		emit_state(MC_STATE_DOMAIN_DOWN, domain->cache_id);
	}
}

void domains_free(void)
{
	while (collector.nr_domains) {
		collector.nr_domains--;
		free_domain(collector.domains[collector.nr_domains]);
		collector.domains[collector.nr_domains] = NULL;
	}
}
