/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Emit an event and count it on this CPU. Interrupts are off, so that the count
 * in a tick event is exact: it is what readers check their losses against.
 */
#ifndef MC_EMIT_H
#define MC_EMIT_H

#include "collector.h"
#include "trace.h"

#define mc_emit(cpu, event, payload)                                           \
	do {                                                                   \
		if (trace_##event##_enabled()) {                               \
			(cpu)->events++;                                       \
			trace_##event(payload);                                \
		}                                                              \
	} while (0)

/* Any context. */
void emit_state(enum mc_state_what what, u32 arg);
/* Interrupts off. */
void emit_process_info(struct cpu_state *cpu, struct process *process,
		       enum mc_info_reason reason);

#endif /* MC_EMIT_H */
