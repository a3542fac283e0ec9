/* SPDX-License-Identifier: GPL-2.0-only */
/* What happens at a context switch, an exec, an exit and a cgroup move. */
#ifndef MC_HOOK_H
#define MC_HOOK_H

#include "collector.h"

/* Attach to the scheduler's tracepoints, and detach; may sleep. */
int hooks_register(void);
void hooks_unregister(void);

/*
 * For the tick, interrupts off: what the running task has used so far goes to
 * its process; a process without an RMID gets one if there is one now; a task
 * that was running before sampling began is taken up.
 */
void hook_account_current(struct cpu_state *cpu);

/* This CPU stops sampling: leave its process, put PQR back. Interrupts off. */
void hook_leave_cpu(struct cpu_state *cpu);

/*
 * The process's entry among those that ran on this CPU in this slot, made now if
 * need be. NULL if the list is full. Interrupts off.
 */
struct cpu_ran *hook_list_entry(struct cpu_state *cpu, struct process *process);

#endif /* MC_HOOK_H */
