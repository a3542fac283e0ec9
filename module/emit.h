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

/* What is known of a process now, for its process_sample. */
static inline void fill_process_sample(struct mc_process_sample *sample,
				       const struct process *process, u64 slot_ns)
{
	*sample = (struct mc_process_sample){
		.slot_ns = slot_ns,
		.start_time_ns = process->start_time_ns,
		.cpu_time_ns = atomic64_read(&process->cpu_time_ns),
		.rss_anon_pages = process_pages(&process->rss_anon_pages),
		.rss_shmem_pages = process_pages(&process->rss_shmem_pages),
		.swap_pages = process_pages(&process->swap_pages),
		.min_flt = atomic64_read(&process->min_flt),
		.maj_flt = atomic64_read(&process->maj_flt),
		.pid = process->pid,
	};
	sample->rss_pages = process_pages(&process->rss_file_pages) + sample->rss_anon_pages +
			    sample->rss_shmem_pages;
}

#endif /* MC_EMIT_H */
