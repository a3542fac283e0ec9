/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Soft RMIDs: bandwidth of the processes that have no RMID of their own. Each
 * CPU runs them on one RMID that nobody else in its domain uses, and reads it
 * when it switches away from one of them: the difference is that process's. The
 * idea is Newman and Eranian's, for AMD in resctrl (2023).
 *
 * The first CPU of every domain has the same number, the second the next, and
 * so on: the domains' counters are apart.
 *
 * At the switch the bytes are only noted, in the CPU's list of what ran. The
 * tick that tells of the process charges them, so that like all other readings
 * they belong to the slot that is open then. Until then it is not finished.
 */
#ifndef MC_SOFT_RMID_H
#define MC_SOFT_RMID_H

#include "collector.h"

/*
 * Most CPUs that share an L3 here: how many soft RMIDs are needed. 0, and the
 * reason in the log, if there are too few RMIDs for that. May sleep.
 */
u32 soft_rmid_count(void);

/*
 * Take as many as are wanted from the allocator, all cold, and forget what was
 * there before.
 */
void soft_rmid_init(void);

/* Which one is this CPU's, now that it has a position in its domain. */
void soft_rmid_join(struct cpu_state *cpu);

/* May a process run on it now? False past the limit of switches per slot. */
bool soft_rmid_available(struct cpu_state *cpu);

static inline bool soft_rmid_is(const struct cpu_state *cpu, u32 rmid)
{
	return rmid && rmid == cpu->soft_rmid;
}

static inline bool soft_rmid_loaded(const struct cpu_state *cpu)
{
	return soft_rmid_is(cpu, cpu->rmid);
}

/* `process` has run on it until now: note what it moved. Interrupts off. */
void soft_rmid_take(struct cpu_state *cpu, struct process *process);

/* Charge what was noted for a process. Interrupts off. */
void soft_rmid_charge(struct cpu_state *cpu, struct cpu_ran *ran);

/* What all that ran on it moved, as far as charged, and hold, if there is news. Interrupts off. */
void soft_rmid_tell(struct cpu_state *cpu);

/* Emit, as part of a dump, what was charged through CPU `number` so far. Interrupts off. */
void soft_rmid_dump(struct cpu_state *here, unsigned int number);

#endif /* MC_SOFT_RMID_H */
