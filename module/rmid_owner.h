/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Processes and their RMIDs: the allocator under its lock, with the question on
 * which CPUs an RMID is still loaded.
 *
 * A CPU publishes cpu->rmid and cpu->process before it looks whether what it
 * loaded is still valid; who takes an RMID away marks it before looking at the
 * CPUs. One of the two sees the other.
 */
#ifndef MC_RMID_OWNER_H
#define MC_RMID_OWNER_H

#include "collector.h"

void rmid_owner_init(void);

/* Hand one out to a process that has none; 0: there is none. */
u32 rmid_owner_assign(struct cpu_state *cpu, struct process *process);

/* The RMID to run `process` with, one handed out now if need be; 0: none. */
static inline u32 rmid_owner_get(struct cpu_state *cpu, struct process *process)
{
	u32 rmid = READ_ONCE(process->rmid);

	return likely(rmid) ? rmid : rmid_owner_assign(cpu, process);
}

/* A CPU no longer has it loaded: start the drain if that was what it waited for. */
void rmid_owner_unloaded(u32 rmid);

/* signal->live is 0. */
void rmid_owner_process_dead(struct cpu_state *cpu, struct process *process);
/* A CPU no longer runs this dead process: finish it if that was the last. */
void rmid_owner_process_left(struct process *process);

/* The drain read in a domain succeeded. */
void rmid_owner_drained(struct cpu_state *cpu, u32 rmid, struct domain *domain, bool low,
			u64 now_ns);

/* Take RMIDs from those idle longest while processes run without. */
void rmid_owner_reclaim(u64 slot_ns);
/* Take this one from its owner, if fewer than `target` are or will soon be free. */
bool rmid_owner_demote(u32 rmid, u32 target);

/* No RMID is anybody's any more. RMID lock held. */
void rmid_owner_abandon(struct process *process);

/* A CPU has charged what it had noted for the process. */
void rmid_owner_soft_charged(struct process *process);

/* Which domains used the RMID; a domain that goes away. */
void rmid_owner_first_use(u32 rmid, u32 domain);
static inline void rmid_owner_used(u32 rmid, u32 domain)
{
	if (unlikely(!(READ_ONCE(collector.rmids.entries[rmid].used_domains) & BIT_ULL(domain))))
		rmid_owner_first_use(rmid, domain);
}

void rmid_owner_forget_domain(struct cpu_state *cpu, struct domain *domain);

static inline bool rmid_owner_is_warm(u32 rmid, u32 domain)
{
	return READ_ONCE(collector.rmids.entries[rmid].warm_domains) & BIT_ULL(domain);
}

static inline bool rmid_owner_is_releasing(u32 rmid)
{
	return READ_ONCE(collector.rmids.entries[rmid].state) == RMID_RELEASING;
}

void rmid_owner_cooled(u32 rmid, u32 domain);
/* Read the occupancy of the limbo RMIDs that are due in this domain. */
void rmid_owner_look_at_limbo(struct cpu_state *cpu, struct domain *domain, u64 now_ns);

#endif /* MC_RMID_OWNER_H */
