/* SPDX-License-Identifier: GPL-2.0-only */
/* Who runs on a CPU, from one context switch to the next. */
#ifndef MC_CONTEXT_SWITCH_H
#define MC_CONTEXT_SWITCH_H

#include "compat/compat.h"
#include "collector.h"

/* Probe of sched_switch. */
void hook_sched_switch(COMPAT_SCHED_SWITCH_ARGS);

/*
 * For the tick, interrupts off: what the running task has used so far goes to
 * its process; a process without an RMID gets one if there is one now; a task
 * that was running before sampling began is taken up.
 */
void context_switch_account(struct cpu_state *cpu);

/* This CPU stops sampling: leave its process, put PQR back. Interrupts off. */
void context_switch_leave(struct cpu_state *cpu);

#endif /* MC_CONTEXT_SWITCH_H */
