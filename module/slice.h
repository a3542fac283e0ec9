/* SPDX-License-Identifier: GPL-2.0-only */
/* What a process uses of a CPU, slice by slice; interrupts off. */
#ifndef MC_SLICE_H
#define MC_SLICE_H

#include "collector.h"

/*
 * cpu->origin is what the running task's counts would have been when its process
 * came to this CPU (or was last handed its share): the difference is what the
 * process used since, whichever of its threads ran.
 *
 * data_race: the tick may have interrupted the task's own counting; what it counts
 * now is seen in its next slice.
 */
static inline void slice_begin(struct cpu_state *cpu, const struct task_struct *task)
{
	cpu->origin.exec_ns = data_race(task->se.sum_exec_runtime);
	cpu->origin.min_flt = data_race(task->min_flt);
	cpu->origin.maj_flt = data_race(task->maj_flt);
}

/* The difference first, then one addition to memory: the compiler would do it in three steps. */
static __always_inline void shift_origin(u64 *origin, u64 by)
{
	OPTIMIZER_HIDE_VAR(by);
	*origin += by;
}

/* From one thread of a process to another. */
static inline void slice_pass(struct cpu_state *cpu, const struct task_struct *prev,
			      const struct task_struct *next)
{
	shift_origin(&cpu->origin.exec_ns, next->se.sum_exec_runtime - prev->se.sum_exec_runtime);
	shift_origin(&cpu->origin.min_flt, next->min_flt - prev->min_flt);
	shift_origin(&cpu->origin.maj_flt, next->maj_flt - prev->maj_flt);
}

/* What was used up to here goes to the process; what `next` uses begins. */
static __always_inline void slice_hand_over(struct cpu_state *cpu, struct process *process,
					    const struct task_struct *prev,
					    const struct task_struct *next)
{
	u64 exec_ns = data_race(prev->se.sum_exec_runtime) - cpu->origin.exec_ns;
	u64 min_flt = data_race(prev->min_flt) - cpu->origin.min_flt;
	u64 maj_flt = data_race(prev->maj_flt) - cpu->origin.maj_flt;

	slice_begin(cpu, next);
	atomic64_add(exec_ns, &process->cpu_time_ns);
	if (unlikely(min_flt | maj_flt)) {
		atomic64_add(min_flt, &process->min_flt);
		atomic64_add(maj_flt, &process->maj_flt);
	}
}

#endif /* MC_SLICE_H */
