/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The state that the hook, the tick and the control path share.
 *
 * Locks, outermost first: control mutex (listeners.c) > domain lock > RMID lock;
 * the process table's lock nests inside any of them. All but the mutex are raw
 * spinlocks taken with interrupts off. The hook runs under the runqueue lock: it
 * wakes nobody and queues no work.
 */
#ifndef MC_COLLECTOR_H
#define MC_COLLECTOR_H

#include <linux/cpumask.h>
#include <linux/percpu.h>
#include <linux/smp.h>
#include <linux/spinlock.h>
#include <memory_collector/abi.h>

#include "domain.h"
#include "process_table.h"
#include "rdt_decode.h"
#include "resctrl_watch.h"
#include "rmid_allocator.h"
#include "sync_timer.h"

/* Processes a CPU can list at a time; more are counted as overflow. */
#define CPU_RAN_MAX 256
#define LIST_BITS 44

/* Why a counter was read (a select-and-read pair of MSR accesses). */
enum read_purpose {
	READ_SAMPLE,
	READ_SWEEP,
	READ_DRAIN,
	READ_LIMBO,
	READ_SOFT,
	READ_PURPOSES,
};

struct cpu_slice {
	u64 exec_ns;
	u64 min_flt;
	u64 maj_flt;
};

/* A process that ran on this CPU; see soft_rmid.h for the rest. */
struct cpu_ran {
	u32 index;
	u32 generation;
	u64 soft_total;		/* read for it, not yet charged */
	u64 soft_local;
	u32 soft_flags;
	bool soft;		/* has bytes noted */
	bool ran_soft;
};

/* Of the running tick, by tick_clock(); see tick_budget.h. */
struct tick_budget {
	u64 begin;
	u64 reading;			/* spent on counters */
	u8 turn;			/* which kind of work has its step for sure */
	u32 read_step;			/* what one took of late: an RMID read, */
	u32 event_step;			/* an event emitted, */
	u32 end_step;			/* the end of the tick with its own event */
};

struct cpu_state {
	bool active;
	bool ticking;
	bool key_known;
	const void *key;		/* of the process running; NULL: idle, or not known */
	struct process *process;	/* read by other CPUs */
	struct process *before;		/* ran before it; its entry may be another's now */
	u32 rmid;			/* in PQR now by our will; read by other CPUs */
	u32 pqr_rmid;			/* what we know to be in PQR_ASSOC */
	u32 saved_rmid;			/* what was there before us */
	u32 soft_rmid;			/* 0: none */
	u32 position;			/* among the CPUs of the domain */
	u32 soft_left;			/* switches of this slot that may still be read */
	u32 soft_switches;		/* since the last tick: read, */
	u32 soft_refused;		/* and not */
	bool soft_news;			/* some ran on it, or were charged, since it was told of */
	u64 soft_local_carry;		/* local bytes beyond the total, by rounding */
	u64 soft_total_bytes;		/* by it since sampling started */
	u64 soft_local_bytes;
	struct domain *domain;
	u64 domain_bit;			/* its index as a bit */
	u64 change_slot_ns;		/* domain's slot at the last change of rmid */
	struct cpu_slice origin;	/* of the running process's slice, see slice.h */
	u32 nr_ran;
	u32 nr_telling;			/* of which so many are told */
	u32 told;
	u32 ran_overflow;
	bool table_full;		/* a process found no entry, since the last tick */
	u64 list_number;		/* CPU above LIST_BITS: no other CPU has it */
	u64 events;
	u64 reads;
	u32 tick_reads[READ_PURPOSES];
	u64 foreign_pqr;		/* times another had changed our RMID in PQR */
	call_single_data_t kick;
	struct tick_budget budget;
	bool slept;			/* no tick since the last slot, nothing was left then */
	bool behind;			/* its last tick left something; under the domain lock */
	u64 lists_swapped_ns;		/* slot in which the list being told of was complete, */
	u64 told_ns;			/* and began: what ran before was told */
	u64 round_ns;			/* slot in which this round over touched[] began, */
	u64 read_ns;			/* and that before it: what ran before was read */
	u32 touched_cursor;
	unsigned long touched[BITS_TO_LONGS(RMID_MAX)];
	/* CPU_RAN_MAX each, too much for a module's static per-CPU data; see ran_list.h. */
	struct cpu_ran *ran;
	struct cpu_ran *telling;
};

DECLARE_PER_CPU(struct cpu_state, cpu_states);

struct collector {
	struct process_table processes;
	raw_spinlock_t rmid_lock;
	struct rmid_allocator rmids;
	bool rmid_demand;		/* a process wanted one in vain since last looked */
	u64 promotion_heat;		/* above it, a process gets an RMID of its own */
	u32 balance_cursor;
	u32 soft_rmids[RMID_MAX];	/* of the first, second, ... CPU of every domain */
	u32 nr_soft_rmids;		/* 0: none */
	u32 soft_rmids_wanted;
	u32 soft_switches;		/* read per CPU and slot at most */
	struct rdt_features rdt;
	bool rdt_usable;
	u32 mode;			/* enum mc_mode */
	u64 interval_ns;
	u64 occupancy_threshold;	/* bytes under which an RMID is cold */
	u32 max_reads;			/* RMIDs read per tick at most */
	u64 budget_tick;		/* by tick_clock(); see tick_budget.h */
	u64 budget_reading;
	u64 budget_samples;		/* reading, and emitting what was read */
	u32 budget_step_most;		/* a longer step was interrupted */
	u64 sweep_ns;			/* every used RMID is read this often */
	struct domain *domains[DOMAIN_MAX];
	u32 nr_domains;
	struct sync_timer timer;
	cpumask_t cpus;			/* that sample */
};

extern struct collector collector;

static inline u64 current_slot_ns(void)
{
	u64 now = ktime_get_ns();
	u64 rest;

	div64_u64_rem(now, collector.interval_ns, &rest);
	return now - rest;
}

/* What ran on the CPU before this slot has been read and told of. */
static inline void tick_all_complete(struct cpu_state *cpu, u64 slot_ns)
{
	cpu->lists_swapped_ns = slot_ns;
	cpu->told_ns = slot_ns;
	cpu->round_ns = slot_ns;
	cpu->read_ns = slot_ns;
}

/* May we write PQR_ASSOC now? While resctrl is mounted it is resctrl's. */
static inline bool rdt_is_ours(void)
{
	return READ_ONCE(collector.mode) == MC_MODE_RDT && !resctrl_mounted();
}

#endif /* MC_COLLECTOR_H */
