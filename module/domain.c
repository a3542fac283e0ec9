// SPDX-License-Identifier: GPL-2.0-only
/* L3 domains: membership of CPUs, and a tick's reading plan; see domain.h. */
#include "emit.h"
#include "rdt.h"
#include "rmid_balance.h"
#include "rmid_owner.h"
#include "tick_budget.h"

/* RMIDs read under one hold of the domain's lock: others wait with interrupts off. */
#define BATCH 4u
#define DRAINS_PER_TICK 32u
/* An RMID that cannot be read for so many ticks is given up, its rest unattributed. */
#define DRAIN_ATTEMPTS 256u

struct batch {
	struct mc_rdt_sample samples[BATCH];
	struct rdt_selection selection;
	u64 begin;
	unsigned int count;
	unsigned int read;
};

/* Waiting for the lock is time with interrupts off, too. */
static void batch_begin(struct domain *domain, struct batch *batch)
	__acquires(&domain->lock)
{
	batch->count = 0;
	batch->read = 0;
	batch->begin = tick_clock();
	raw_spin_lock(&domain->lock);
	rdt_selection_save(&batch->selection);
}

static void batch_end(struct cpu_state *cpu, struct domain *domain, struct batch *batch)
	__releases(&domain->lock)
{
	u64 read;
	unsigned int i;

	rdt_selection_restore(&batch->selection);
	raw_spin_unlock(&domain->lock);
	read = tick_clock();
	cpu->budget.reading += read - batch->begin;
	if (batch->read)
		tick_budget_learn(&cpu->budget.read_step, read - batch->begin, batch->read);
	for (i = 0; i < batch->count; i++)
		mc_emit(cpu, rdt_sample, &batch->samples[i]);
	if (batch->count)
		tick_budget_learn(&cpu->budget.event_step, tick_clock() - read, batch->count);
}

/* No room for one more in the batch, or in what the tick may take. */
static bool batch_full(const struct cpu_state *cpu, const struct batch *batch)
{
	if (batch->read >= BATCH)
		return true;
	return !tick_budget_read(cpu, batch->begin, batch->count);
}

/* True if it must be read again because a counter did not answer. */
static bool batch_read(struct cpu_state *cpu, struct domain *domain, struct batch *batch,
		       u32 rmid, u32 purpose, u32 flags, struct domain_reading *reading)
{
	struct mc_rdt_sample *sample = &batch->samples[batch->count];

	domain_read_rmid(cpu, domain, rmid, purpose, sample, reading);
	batch->read++;
	if (reading->owned && (purpose != READ_SWEEP || reading->changed)) {
		sample->flags |= flags;
		batch->count++;
	}
	return reading->retry;
}

/* The domain's lock held. */
static void domain_totals(const struct domain *domain, struct mc_domain_sample *sample)
{
	sample->slot_ns = domain->slot_ns;
	sample->total_bytes = domain->total_bytes;
	sample->local_bytes = domain->local_bytes;
	sample->unattributed_bytes = domain->unattributed_bytes;
	sample->unattributed_local_bytes = domain->unattributed_local_bytes;
	sample->domain = domain->cache_id;
	sample->flags = domain_missing_counters();
}

void domain_dump(struct cpu_state *cpu, struct domain *domain)
{
	struct mc_domain_sample sample;

	raw_spin_lock(&domain->lock);
	domain_totals(domain, &sample);
	raw_spin_unlock(&domain->lock);
	/* Of a domain that sleeps, or is not read yet, the last slot may be long ago, or none. */
	sample.slot_ns = current_slot_ns();
	sample.flags |= MC_FLAG_EXISTING;
	mc_emit(cpu, domain_sample, &sample);
}

/* The first tick of a slot closes the one before. True for that tick. */
static bool open_slot(struct cpu_state *cpu, struct domain *domain, u64 slot_ns)
{
	struct mc_domain_sample sample;
	bool opened = false, publish = false;

	raw_spin_lock(&domain->lock);
	if (slot_ns > domain->slot_ns) {
		publish = domain->slot_ns && !domain->slot_published;
		domain_totals(domain, &sample);
		WRITE_ONCE(domain->slot_ns, slot_ns);
		domain->slot_published = false;
		opened = true;
	}
	raw_spin_unlock(&domain->lock);
	if (publish)
		mc_emit(cpu, domain_sample, &sample);
	return opened;
}

/* The last CPU that ticks goes to sleep: nobody would close this slot. */
void domain_publish_slot(struct cpu_state *cpu, struct domain *domain)
{
	struct mc_domain_sample sample;
	bool publish;

	raw_spin_lock(&domain->lock);
	publish = !domain->slot_published;
	domain_totals(domain, &sample);
	domain->slot_published = true;
	raw_spin_unlock(&domain->lock);
	if (publish)
		mc_emit(cpu, domain_sample, &sample);
}

/*
 * Of the RMIDs that ran on this CPU, from *rmid up to `end`. What another CPU has
 * read in this slot already is skipped; it is forgotten only if this CPU's last
 * change of RMID was before the slot opened, and so before that read. `sure`: one
 * at least. False if some are left to the next tick.
 */
static bool read_touched_up_to(struct cpu_state *cpu, struct domain *domain, u32 *rmid, u32 end,
			       u32 *reads, bool sure)
{
	struct domain_reading reading;
	struct batch batch;
	bool left;

	do {
		left = false;
		batch_begin(domain, &batch);
		for_each_set_bit_from(*rmid, cpu->touched, end) {
			if (domain->rmids[*rmid].last_slot_ns == domain->slot_ns) {
				if (cpu->change_slot_ns < domain->slot_ns)
					__clear_bit(*rmid, cpu->touched);
				continue;
			}
			if ((*reads || !sure) &&
			    (*reads >= collector.max_reads || batch_full(cpu, &batch))) {
				left = true;
				break;
			}
			(*reads)++;
			__clear_bit(*rmid, cpu->touched);
			if (batch_read(cpu, domain, &batch, *rmid, READ_SAMPLE, 0, &reading))
				__set_bit(*rmid, cpu->touched);
		}
		batch_end(cpu, domain, &batch);
		/* An empty batch was full at once. */
	} while (left && batch.read);
	return !left;
}

/* data_race: who sets a bit holds no lock of ours; one set meanwhile is the next tick's. */
static u32 next_drain(const struct domain *domain, u32 from)
{
	return data_race(find_next_bit(domain->drain, collector.rdt.rmids, from));
}

/* Round after round, going on where the last tick had to stop. */
static void read_touched(struct cpu_state *cpu, struct domain *domain, u64 slot_ns, bool sure)
{
	u32 begin = cpu->touched_cursor, rmid = begin, reads = 0;

	if (bitmap_empty(cpu->touched, collector.rdt.rmids))
		goto all_read;
	if (!read_touched_up_to(cpu, domain, &rmid, collector.rdt.rmids, &reads, sure)) {
		cpu->touched_cursor = rmid;
		return;
	}
	/* What it passed in this round may have run since. */
	cpu->read_ns = cpu->round_ns;
	cpu->round_ns = slot_ns;
	rmid = 0;
	if (begin && !read_touched_up_to(cpu, domain, &rmid, begin, &reads, sure)) {
		cpu->touched_cursor = rmid;
		return;
	}
all_read:
	cpu->touched_cursor = 0;
	cpu->read_ns = cpu->round_ns = slot_ns;
}

/* Read a released RMID for the last time, for its former owner. */
static void drain_one(struct cpu_state *cpu, struct domain *domain, u32 rmid, u64 now_ns)
{
	struct domain_rmid *counters = &domain->rmids[rmid];
	struct domain_reading reading;
	struct batch batch;

	batch_begin(domain, &batch);
	if (batch_read(cpu, domain, &batch, rmid, READ_DRAIN,
		       MC_FLAG_DRAIN | MC_FLAG_OCCUPANCY_INVALID, &reading) &&
	    ++counters->drain_attempts < DRAIN_ATTEMPTS) {
		batch_end(cpu, domain, &batch);
		return;
	}
	if (counters->drain_attempts >= DRAIN_ATTEMPTS) {
		counters->total.valid = false;
		counters->local.valid = false;
	}
	counters->drain_attempts = 0;
	domain_new_owner(domain, rmid, reading.occupancy_valid);
	clear_bit(rmid, domain->drain);
	batch_end(cpu, domain, &batch);
	rmid_owner_drained(cpu, rmid, domain,
			   reading.occupancy_valid &&
			   reading.occupancy_bytes <= collector.occupancy_threshold, now_ns);
}

static void drain_round(struct domain *domain, u64 previous_ns, u64 slot_ns)
{
	WRITE_ONCE(domain->drained_ns, previous_ns);
	domain->drain_round_ns = slot_ns;
}

u64 domain_drained(const struct domain *domain)
{
	/* Only the first tick of a slot says when a round began: without drains no other need wait for it. */
	if (next_drain(domain, 0) >= collector.rdt.rmids)
		return U64_MAX;
	return READ_ONCE(domain->drained_ns);
}

void domain_woke(struct domain *domain, u64 slot_ns)
{
	if (atomic_read(&domain->ticking) == 1)
		drain_round(domain, slot_ns, slot_ns);
}

/* In turn, so that one whose counter does not answer keeps no other waiting. */
static void drain(struct cpu_state *cpu, struct domain *domain, u64 slot_ns, u64 now_ns,
		  bool sure)
{
	u32 size = collector.rdt.rmids, rmid = domain->drain_cursor;
	u32 first = size, count;

	for (count = 0; count < DRAINS_PER_TICK; count++) {
		rmid = next_drain(domain, rmid + 1);
		if (rmid >= size) {
			drain_round(domain, domain->drain_round_ns, slot_ns);
			rmid = next_drain(domain, 0);
		}
		if (rmid >= size || rmid == first)
			break;
		/* Its sample, and the rmid_free. */
		if ((count || !sure) && !tick_budget_read(cpu, tick_clock(), 1))
			return;
		if (!count)
			first = rmid;
		drain_one(cpu, domain, rmid, now_ns);
		domain->drain_cursor = rmid;
	}
	if (next_drain(domain, 0) >= size)
		drain_round(domain, slot_ns, slot_ns);
}

static bool wants_sweep(const struct domain *domain, u32 rmid, u64 slot_ns)
{
	const struct rmid_entry *entry = &collector.rmids.entries[rmid];

	if (domain->rmids[rmid].last_slot_ns + collector.sweep_ns / 2 > slot_ns)
		return false;
	if (rmid == 0)
		return true;
	return (READ_ONCE(entry->state) == RMID_OWNED ||
		READ_ONCE(entry->state) == RMID_RESERVED) &&
	       (READ_ONCE(entry->used_domains) & BIT_ULL(domain->index));
}

/*
 * Owners that do not run still have lines in the cache, and their counters must
 * be read before they can wrap: all of them every sweep_ns.
 */
static void sweep(struct cpu_state *cpu, struct domain *domain, u64 slot_ns)
{
	u32 rmids = collector.rdt.rmids;
	u32 budget = div64_u64(rmids * collector.interval_ns, collector.sweep_ns) + 1;
	struct domain_reading reading;
	struct batch batch;

	batch_begin(domain, &batch);
	while (budget-- && batch.read < BATCH) {
		domain->sweep_cursor = (domain->sweep_cursor + 1) % rmids;
		if (wants_sweep(domain, domain->sweep_cursor, slot_ns))
			batch_read(cpu, domain, &batch, domain->sweep_cursor, READ_SWEEP,
				   MC_FLAG_SWEEP, &reading);
	}
	if (READ_ONCE(collector.rmids.counts[RMID_LIMBO]))
		rmid_owner_look_at_limbo(cpu, domain, ktime_get_ns());
	batch_end(cpu, domain, &batch);
}

/* A domain where something must be drained but all CPUs sleep: wake one. */
static void kick_sleeping_domains(void)
{
	u32 index;

	for (index = 0; index < collector.nr_domains; index++) {
		struct domain *domain = collector.domains[index];
		unsigned int cpu;

		if (!READ_ONCE(domain->online) || atomic_read(&domain->ticking) ||
		    next_drain(domain, 0) >= collector.rdt.rmids)
			continue;
		cpu = cpumask_first(&domain->cpus);
		if (cpu < nr_cpu_ids)
			smp_call_function_single_async(cpu, &per_cpu(cpu_states, cpu).kick);
	}
}

void domain_tick(struct cpu_state *cpu, struct domain *domain, u64 slot_ns, u64 now_ns)
{
	bool opened = open_slot(cpu, domain, slot_ns);
	bool drains = next_drain(domain, 0) < collector.rdt.rmids;
	bool drain_first;

	/* Once a slot and domain, by whichever CPU came first; the sweep cannot wait. */
	if (opened)
		sweep(cpu, domain, slot_ns);
	if (opened && !drains)
		drain_round(domain, slot_ns, slot_ns);
	drains &= opened;
	drain_first = tick_turn_to_drain(cpu, drains);
	if (drain_first)
		drain(cpu, domain, slot_ns, now_ns, true);
	read_touched(cpu, domain, slot_ns, tick_turn_to_read(cpu, drains));
	if (!opened)
		return;
	if (drains && !drain_first)
		drain(cpu, domain, slot_ns, now_ns, false);
	if (collector.nr_soft_rmids)
		rmid_balance(domain, slot_ns);
	else
		rmid_owner_reclaim(slot_ns);
	kick_sleeping_domains();
}

bool domain_cpu_quiet(const struct cpu_state *cpu)
{
	return bitmap_empty(cpu->touched, collector.rdt.rmids) &&
	       next_drain(cpu->domain, 0) >= collector.rdt.rmids;
}

void domain_set_ticking(struct cpu_state *cpu, bool ticking)
{
	if (cpu->ticking == ticking || !cpu->domain)
		return;
	cpu->ticking = ticking;
	if (ticking)
		atomic_inc(&cpu->domain->ticking);
	else if (atomic_dec_and_test(&cpu->domain->ticking) && collector.mode == MC_MODE_RDT)
		domain_publish_slot(cpu, cpu->domain);
}

void domain_set_behind(struct cpu_state *cpu, bool behind)
{
	struct domain *domain = cpu->domain;

	if (cpu->behind == behind)
		return;
	cpu->behind = behind;
	if (!domain)
		return;
	raw_spin_lock(&domain->lock);
	domain->nr_behind += behind ? 1 : -1;
	raw_spin_unlock(&domain->lock);
}

void domain_process_totals(u32 process, u64 *total_bytes, u64 *local_bytes)
{
	u32 index;

	*total_bytes = 0;
	*local_bytes = 0;
	for (index = 0; index < collector.nr_domains; index++) {
		struct domain *domain = collector.domains[index];

		raw_spin_lock(&domain->lock);
		*total_bytes += domain->processes[process].total_bytes;
		*local_bytes += domain->processes[process].local_bytes;
		raw_spin_unlock(&domain->lock);
	}
}

void domain_process_forget(u32 process)
{
	u32 index;

	for (index = 0; index < collector.nr_domains; index++) {
		struct domain *domain = collector.domains[index];

		raw_spin_lock(&domain->lock);
		domain->processes[process] = (struct domain_process){};
		raw_spin_unlock(&domain->lock);
	}
}
