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
#include "rmid_allocator.h"
#include "sync_timer.h"

/* Processes a CPU can tell of in one slot; more are counted as overflow. */
#define CPU_RAN_MAX 256
#define TICK_BITS 44

/* Why a counter was read (a select-and-read pair of MSR accesses). */
enum read_purpose {
	READ_SAMPLE,
	READ_SWEEP,
	READ_DRAIN,
	READ_LIMBO,
	READ_PURPOSES,
};

struct cpu_slice {
	u64 exec_ns;
	u64 min_flt;
	u64 maj_flt;
};

struct cpu_ran {
	u32 index;
	u32 generation;
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
	struct domain *domain;
	u64 domain_bit;			/* its index as a bit */
	u64 change_slot_ns;		/* domain's slot at the last change of rmid */
	struct cpu_slice origin;	/* of the running process's slice, see slice.h */
	u32 nr_ran;
	u32 ran_overflow;
	bool table_full;		/* a process found no entry, since the last tick */
	u64 tick_number;		/* CPU above TICK_BITS: no other CPU has it */
	u64 events;
	u64 reads;
	u32 tick_reads[READ_PURPOSES];
	u64 foreign_pqr;		/* times another had changed our RMID in PQR */
	call_single_data_t kick;
	unsigned long touched[BITS_TO_LONGS(RMID_MAX)];
	struct cpu_ran ran[CPU_RAN_MAX];
};

DECLARE_PER_CPU(struct cpu_state, cpu_states);

struct collector {
	struct process_table processes;
	raw_spinlock_t rmid_lock;
	struct rmid_allocator rmids;
	bool rmid_demand;		/* a process ran without one since last looked */
	struct rdt_features rdt;
	bool rdt_usable;
	u32 mode;			/* enum mc_mode */
	u64 interval_ns;
	u64 occupancy_threshold;	/* bytes under which an RMID is cold */
	u32 max_reads;			/* RMIDs read per tick at most */
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

#endif /* MC_COLLECTOR_H */
