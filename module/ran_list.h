/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The processes that ran on a CPU. The switch lists each once; ticks tell of
 * them, a process_sample each, and charge what was noted for them on the soft
 * RMID. There are two lists: while one is told of, in several ticks if need be,
 * the other is filled. All with interrupts off.
 */
#ifndef MC_RAN_LIST_H
#define MC_RAN_LIST_H

#include "collector.h"

/* Memory for a CPU's lists; may sleep. */
int ran_list_make(unsigned int cpu);
void ran_list_free(unsigned int cpu);
/* Forget what is listed. */
void ran_list_reset(struct cpu_state *cpu);

/* List a process, not listed yet as far as is known. NULL if the list is full. */
struct cpu_ran *ran_list_add(struct cpu_state *cpu, struct process *process);
/* Its entry, made now if need be. NULL if the list is full. */
struct cpu_ran *ran_list_get(struct cpu_state *cpu, struct process *process);

/* Tell as much as the tick's budget allows, `sure`: of one at least. Returns of how many. */
u32 ran_list_tell(struct cpu_state *cpu, u64 slot_ns, u64 now_ns, bool sure);
/* Something is listed that was not told; if not, all of this slot was. */
static inline bool ran_list_pending(const struct cpu_state *cpu)
{
	return cpu->nr_ran || cpu->told < cpu->nr_telling;
}

/* Charge all that is noted, and tell nothing. */
void ran_list_charge(struct cpu_state *cpu);

#endif /* MC_RAN_LIST_H */
