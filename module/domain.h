/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * An L3 domain: the CPUs that share a cache, its counters, and what was charged
 * to whom in it.
 *
 * slot_ns is the label of every read: the first tick of a new slot closes the
 * one before (its totals go out as a domain_sample) and from then on all reads
 * in the domain, whichever CPU makes them, belong to the new slot. So a
 * domain_sample with slot S contains exactly the reads of the rdt_sample events
 * with slot <= S.
 */
#ifndef MC_DOMAIN_H
#define MC_DOMAIN_H

#include <linux/cpumask.h>
#include <linux/spinlock.h>

#include "counter.h"
#include "rmid_allocator.h"

#define DOMAIN_MAX 64		/* domains are bits of a u64 */

struct cpu_state;

struct domain_rmid {
	struct counter total;
	struct counter local;
	u64 occupancy_bytes;	/* as last read */
	/*
	 * Of it, at most so much is former owners': what was there when the
	 * present one came. It can only shrink, so the least reading since then
	 * bounds it, and the rest is the owner's for sure.
	 */
	u64 residual_bytes;
	u64 last_slot_ns;
	u64 last_look_ns;	/* in limbo */
	u32 drain_attempts;
};

struct domain_process {
	u64 total_bytes;
	u64 local_bytes;
	u64 heat;		/* bytes, halved with every epoch since */
	u32 heat_epoch;
};

/* A process that moved much without an RMID of its own. */
struct domain_candidate {
	u32 index;
	u32 generation;
	u64 heat;
};
#define DOMAIN_CANDIDATES 8

struct domain {
	raw_spinlock_t lock;
	u32 index;
	u32 cache_id;
	bool online;
	cpumask_t cpus;
	DECLARE_BITMAP(positions, NR_CPUS);	/* taken by its CPUs */
	atomic_t ticking;	/* CPUs with an armed timer */
	u32 nr_behind;		/* CPUs whose last tick left something to the next */
	u64 slot_ns;
	bool slot_published;
	u64 total_bytes;
	u64 local_bytes;
	u64 unattributed_bytes;
	u64 unattributed_local_bytes;
	u32 drain_cursor;
	u64 drain_round_ns;	/* slot in which this round over drain[] began, */
	u64 drained_ns;		/* and that before it: what was released before was read */
	u32 sweep_cursor;
	u32 limbo_cursor;
	u32 epoch;		/* of heat */
	u64 epoch_end_ns;
	u64 balance_ns;		/* of the next turn of rmid_balance() */
	struct domain_candidate candidates[DOMAIN_CANDIDATES];
	unsigned long drain[BITS_TO_LONGS(RMID_MAX)];
	struct domain_process *processes;
	struct domain_rmid rmids[];
};

/*
 * The CPU it runs on joins its domain, made if it is the first of it (process
 * context, may sleep), or leaves it. Leaving reads what only this CPU knows was
 * touched; the last CPU also finishes the domain's drains.
 */
int domain_cpu_join(struct cpu_state *cpu);
void domain_cpu_leave(struct cpu_state *cpu, bool flush);
void domains_free(void);

/* Take the counters' present values as baseline, in every domain. May sleep. */
void domains_baseline(void);

/* The tick's part: read what ran, drain, sweep. Interrupts off. */
void domain_tick(struct cpu_state *cpu, struct domain *domain, u64 slot_ns, u64 now_ns);

/* Nothing of this CPU is left to be read in the domain. */
bool domain_cpu_quiet(const struct cpu_state *cpu);

/* Sum over the domains of what a process was charged. Interrupts off. */
void domain_process_totals(u32 process, u64 *total_bytes, u64 *local_bytes);
void domain_process_forget(u32 process);

/* Emit the present totals although the slot is still open. Interrupts off. */
void domain_publish_slot(struct cpu_state *cpu, struct domain *domain);

/* Emit them as part of a dump. Interrupts off. */
void domain_dump(struct cpu_state *cpu, struct domain *domain);

void domain_set_ticking(struct cpu_state *cpu, bool ticking);

/* What was released before this has been read for its owner; U64_MAX: nothing waits. */
u64 domain_drained(const struct domain *domain);

/* The first tick after all CPUs of the domain slept: nothing was left to drain then. */
void domain_woke(struct domain *domain, u64 slot_ns);

/* Whether the tick of this CPU left something to its next. Interrupts off. */
void domain_set_behind(struct cpu_state *cpu, bool behind);

static inline u64 domain_heat_now(const struct domain *domain,
				  const struct domain_process *process)
{
	u32 age = READ_ONCE(domain->epoch) - READ_ONCE(process->heat_epoch);

	return age < 64 ? READ_ONCE(process->heat) >> age : 0;
}

/* Flags of the counters that this machine does not have. */
u32 domain_missing_counters(void);

/* domain_read.c, with the domain's lock held: */
struct mc_rdt_sample;
struct process;
struct domain_reading {
	bool owned;		/* *sample is filled in */
	bool retry;		/* Error or Unavailable: read it again */
	bool changed;
	bool occupancy_valid;
	u64 occupancy_bytes;
};
void domain_read_rmid(struct cpu_state *cpu, struct domain *domain, u32 rmid, u32 purpose,
		      struct mc_rdt_sample *sample, struct domain_reading *reading);
/* Occupancy alone; false on Error, Unavailable or no such counter. */
bool domain_read_occupancy(struct cpu_state *cpu, struct domain *domain, u32 rmid, u32 purpose,
			   u64 *bytes);
/* The owner goes: what is in the cache now is a former owner's to the next. */
void domain_new_owner(struct domain *domain, u32 rmid, bool occupancy_known);
/*
 * What the soft RMID counted since it was last read. Returns the flags of a
 * failure; then both are 0 and the next good reading has what is missing.
 */
u32 domain_read_soft(struct cpu_state *cpu, struct domain *domain, u32 rmid, u64 *total,
		     u64 *local);
/* Charge a process, and fill in *sample with how it stands now. */
void domain_charge_soft(struct cpu_state *cpu, struct domain *domain, u32 process, u64 total,
			u64 local, u32 flags, struct mc_rdt_sample *sample);
void domain_read_baseline(struct cpu_state *cpu, struct domain *domain, u32 rmid);

#endif /* MC_DOMAIN_H */
