/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The tracepoints of system memory_collector. Each record's payload is the
 * structure of the same name in <memory_collector/abi.h>, field by field in the
 * same order (trace.c holds the sizes against each other).
 */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM memory_collector

#if !defined(MC_TRACE_H) || defined(TRACE_HEADER_MULTI_READ)
#define MC_TRACE_H

#include <linux/tracepoint.h>
#include <memory_collector/abi.h>

#ifndef MC_TRACE_LISTENERS
#define MC_TRACE_LISTENERS
/* Called with the first and the last listener of each event; see listeners.c. */
int listeners_event_enabled(void);
void listeners_event_disabled(void);
#endif

TRACE_EVENT_FN(rdt_sample,
	TP_PROTO(const struct mc_rdt_sample *sample),
	TP_ARGS(sample),
	TP_STRUCT__entry(
		__field(u64, slot_ns)
		__field(u64, start_time_ns)
		__field(u64, total_bytes)
		__field(u64, local_bytes)
		__field(u64, occupancy_bytes)
		__field(u32, pid)
		__field(u32, rmid)
		__field(u32, domain)
		__field(u32, flags)
	),
	TP_fast_assign(
		__entry->slot_ns = sample->slot_ns;
		__entry->start_time_ns = sample->start_time_ns;
		__entry->total_bytes = sample->total_bytes;
		__entry->local_bytes = sample->local_bytes;
		__entry->occupancy_bytes = sample->occupancy_bytes;
		__entry->pid = sample->pid;
		__entry->rmid = sample->rmid;
		__entry->domain = sample->domain;
		__entry->flags = sample->flags;
	),
	TP_printk("slot=%llu pid=%u start=%llu rmid=%u domain=%u total=%llu local=%llu occupancy=%llu flags=0x%x",
		  __entry->slot_ns, __entry->pid, __entry->start_time_ns, __entry->rmid,
		  __entry->domain, __entry->total_bytes, __entry->local_bytes,
		  __entry->occupancy_bytes, __entry->flags),
	listeners_event_enabled, listeners_event_disabled
);

TRACE_EVENT_FN(domain_sample,
	TP_PROTO(const struct mc_domain_sample *sample),
	TP_ARGS(sample),
	TP_STRUCT__entry(
		__field(u64, slot_ns)
		__field(u64, total_bytes)
		__field(u64, local_bytes)
		__field(u64, unattributed_bytes)
		__field(u64, unattributed_local_bytes)
		__field(u32, domain)
		__field(u32, flags)
	),
	TP_fast_assign(
		__entry->slot_ns = sample->slot_ns;
		__entry->total_bytes = sample->total_bytes;
		__entry->local_bytes = sample->local_bytes;
		__entry->unattributed_bytes = sample->unattributed_bytes;
		__entry->unattributed_local_bytes = sample->unattributed_local_bytes;
		__entry->domain = sample->domain;
		__entry->flags = sample->flags;
	),
	TP_printk("slot=%llu domain=%u total=%llu local=%llu unattributed=%llu unattributed_local=%llu flags=0x%x",
		  __entry->slot_ns, __entry->domain, __entry->total_bytes, __entry->local_bytes,
		  __entry->unattributed_bytes, __entry->unattributed_local_bytes, __entry->flags),
	listeners_event_enabled, listeners_event_disabled
);

TRACE_EVENT_FN(soft_sample,
	TP_PROTO(const struct mc_soft_sample *sample),
	TP_ARGS(sample),
	TP_STRUCT__entry(
		__field(u64, slot_ns)
		__field(u64, total_bytes)
		__field(u64, local_bytes)
		__field(u64, occupancy_bytes)
		__field(u32, cpu)
		__field(u32, rmid)
		__field(u32, domain)
		__field(u32, flags)
	),
	TP_fast_assign(
		__entry->slot_ns = sample->slot_ns;
		__entry->total_bytes = sample->total_bytes;
		__entry->local_bytes = sample->local_bytes;
		__entry->occupancy_bytes = sample->occupancy_bytes;
		__entry->cpu = sample->cpu;
		__entry->rmid = sample->rmid;
		__entry->domain = sample->domain;
		__entry->flags = sample->flags;
	),
	TP_printk("slot=%llu soft_cpu=%u rmid=%u domain=%u total=%llu local=%llu occupancy=%llu flags=0x%x",
		  __entry->slot_ns, __entry->cpu, __entry->rmid, __entry->domain,
		  __entry->total_bytes, __entry->local_bytes, __entry->occupancy_bytes,
		  __entry->flags),
	listeners_event_enabled, listeners_event_disabled
);

TRACE_EVENT_FN(process_sample,
	TP_PROTO(const struct mc_process_sample *sample),
	TP_ARGS(sample),
	TP_STRUCT__entry(
		__field(u64, slot_ns)
		__field(u64, start_time_ns)
		__field(u64, cpu_time_ns)
		__field(u64, rss_pages)
		__field(u64, rss_anon_pages)
		__field(u64, rss_shmem_pages)
		__field(u64, swap_pages)
		__field(u64, min_flt)
		__field(u64, maj_flt)
		__field(u32, pid)
		__field(u32, flags)
	),
	TP_fast_assign(
		__entry->slot_ns = sample->slot_ns;
		__entry->start_time_ns = sample->start_time_ns;
		__entry->cpu_time_ns = sample->cpu_time_ns;
		__entry->rss_pages = sample->rss_pages;
		__entry->rss_anon_pages = sample->rss_anon_pages;
		__entry->rss_shmem_pages = sample->rss_shmem_pages;
		__entry->swap_pages = sample->swap_pages;
		__entry->min_flt = sample->min_flt;
		__entry->maj_flt = sample->maj_flt;
		__entry->pid = sample->pid;
		__entry->flags = sample->flags;
	),
	TP_printk("slot=%llu pid=%u start=%llu cpu_time=%llu rss=%llu anon=%llu shmem=%llu swap=%llu min_flt=%llu maj_flt=%llu flags=0x%x",
		  __entry->slot_ns, __entry->pid, __entry->start_time_ns, __entry->cpu_time_ns,
		  __entry->rss_pages, __entry->rss_anon_pages, __entry->rss_shmem_pages,
		  __entry->swap_pages, __entry->min_flt, __entry->maj_flt, __entry->flags),
	listeners_event_enabled, listeners_event_disabled
);

TRACE_EVENT_FN(process_info,
	TP_PROTO(const struct mc_process_info *info),
	TP_ARGS(info),
	TP_STRUCT__entry(
		__field(u64, start_time_ns)
		__field(u64, cgroup_id)
		__field(u32, pid)
		__field(u32, ppid)
		__field(u32, reason)
		__field(u32, flags)
		__array(char, comm, MC_COMM_LEN)
	),
	TP_fast_assign(
		__entry->start_time_ns = info->start_time_ns;
		__entry->cgroup_id = info->cgroup_id;
		__entry->pid = info->pid;
		__entry->ppid = info->ppid;
		__entry->reason = info->reason;
		__entry->flags = info->flags;
		memcpy(__entry->comm, info->comm, MC_COMM_LEN);
	),
	TP_printk("pid=%u start=%llu ppid=%u cgroup=%llu reason=%u flags=0x%x comm=%.16s",
		  __entry->pid, __entry->start_time_ns, __entry->ppid, __entry->cgroup_id,
		  __entry->reason, __entry->flags, __entry->comm),
	listeners_event_enabled, listeners_event_disabled
);

TRACE_EVENT_FN(process_exit,
	TP_PROTO(const struct mc_process_exit *end),
	TP_ARGS(end),
	TP_STRUCT__entry(
		__field(u64, slot_ns)
		__field(u64, start_time_ns)
		__field(u64, total_bytes)
		__field(u64, local_bytes)
		__field(u64, cpu_time_ns)
		__field(u64, min_flt)
		__field(u64, maj_flt)
		__field(u32, pid)
		__field(u32, flags)
		__array(char, comm, MC_COMM_LEN)
	),
	TP_fast_assign(
		__entry->slot_ns = end->slot_ns;
		__entry->start_time_ns = end->start_time_ns;
		__entry->total_bytes = end->total_bytes;
		__entry->local_bytes = end->local_bytes;
		__entry->cpu_time_ns = end->cpu_time_ns;
		__entry->min_flt = end->min_flt;
		__entry->maj_flt = end->maj_flt;
		__entry->pid = end->pid;
		__entry->flags = end->flags;
		memcpy(__entry->comm, end->comm, MC_COMM_LEN);
	),
	TP_printk("slot=%llu pid=%u start=%llu total=%llu local=%llu cpu_time=%llu min_flt=%llu maj_flt=%llu flags=0x%x comm=%.16s",
		  __entry->slot_ns, __entry->pid, __entry->start_time_ns, __entry->total_bytes,
		  __entry->local_bytes, __entry->cpu_time_ns, __entry->min_flt, __entry->maj_flt,
		  __entry->flags, __entry->comm),
	listeners_event_enabled, listeners_event_disabled
);

DECLARE_EVENT_CLASS(rmid_event,
	TP_PROTO(const struct mc_rmid_event *event),
	TP_ARGS(event),
	TP_STRUCT__entry(
		__field(u64, start_time_ns)
		__field(u32, pid)
		__field(u32, rmid)
		__field(u32, reason)
		__field(u32, flags)
		__array(char, comm, MC_COMM_LEN)
	),
	TP_fast_assign(
		__entry->start_time_ns = event->start_time_ns;
		__entry->pid = event->pid;
		__entry->rmid = event->rmid;
		__entry->reason = event->reason;
		__entry->flags = event->flags;
		memcpy(__entry->comm, event->comm, MC_COMM_LEN);
	),
	TP_printk("rmid=%u pid=%u start=%llu reason=%u flags=0x%x comm=%.16s", __entry->rmid,
		  __entry->pid, __entry->start_time_ns, __entry->reason, __entry->flags,
		  __entry->comm)
);

DEFINE_EVENT_FN(rmid_event, rmid_alloc,
	TP_PROTO(const struct mc_rmid_event *event), TP_ARGS(event),
	listeners_event_enabled, listeners_event_disabled);
DEFINE_EVENT_FN(rmid_event, rmid_free,
	TP_PROTO(const struct mc_rmid_event *event), TP_ARGS(event),
	listeners_event_enabled, listeners_event_disabled);
DEFINE_EVENT_FN(rmid_event, rmid_existing,
	TP_PROTO(const struct mc_rmid_event *event), TP_ARGS(event),
	listeners_event_enabled, listeners_event_disabled);

TRACE_EVENT_FN(tick,
	TP_PROTO(const struct mc_tick *tick),
	TP_ARGS(tick),
	TP_STRUCT__entry(
		__field(u64, slot_ns)
		__field(u64, late_ns)
		__field(u64, duration_ns)
		__field(u64, reading_ns)
		__field(u64, complete_ns)
		__field(u64, missed)
		__field(u64, idle)
		__field(u64, reads)
		__field(u64, events)
		__field(u32, reads_sample)
		__field(u32, reads_sweep)
		__field(u32, reads_drain)
		__field(u32, reads_limbo)
		__field(u32, reads_soft)
		__field(u32, soft_switches)
		__field(u32, soft_refused)
		__field(u32, flags)
		__field(u32, list_overflow)
		__field(u32, processes)
	),
	TP_fast_assign(
		__entry->slot_ns = tick->slot_ns;
		__entry->late_ns = tick->late_ns;
		__entry->duration_ns = tick->duration_ns;
		__entry->reading_ns = tick->reading_ns;
		__entry->complete_ns = tick->complete_ns;
		__entry->missed = tick->missed;
		__entry->idle = tick->idle;
		__entry->reads = tick->reads;
		__entry->events = tick->events;
		__entry->reads_sample = tick->reads_sample;
		__entry->reads_sweep = tick->reads_sweep;
		__entry->reads_drain = tick->reads_drain;
		__entry->reads_limbo = tick->reads_limbo;
		__entry->reads_soft = tick->reads_soft;
		__entry->soft_switches = tick->soft_switches;
		__entry->soft_refused = tick->soft_refused;
		__entry->flags = tick->flags;
		__entry->list_overflow = tick->list_overflow;
		__entry->processes = tick->processes;
	),
	TP_printk("slot=%llu late=%llu duration=%llu reading=%llu complete=%llu missed=%llu idle=%llu reads=%llu events=%llu sample=%u sweep=%u drain=%u limbo=%u soft=%u soft_switches=%u soft_refused=%u flags=0x%x overflow=%u processes=%u",
		  __entry->slot_ns, __entry->late_ns, __entry->duration_ns,
		  __entry->reading_ns, __entry->complete_ns, __entry->missed, __entry->idle,
		  __entry->reads, __entry->events, __entry->reads_sample,
		  __entry->reads_sweep, __entry->reads_drain, __entry->reads_limbo,
		  __entry->reads_soft, __entry->soft_switches, __entry->soft_refused,
		  __entry->flags, __entry->list_overflow, __entry->processes),
	listeners_event_enabled, listeners_event_disabled
);

TRACE_EVENT_FN(state,
	TP_PROTO(const struct mc_state *state),
	TP_ARGS(state),
	TP_STRUCT__entry(
		__field(u64, slot_ns)
		__field(u64, interval_ns)
		__field(u64, unit_bytes)
		__field(u32, what)
		__field(u32, arg)
		__field(u32, mode)
		__field(u32, rmids)
		__field(u32, counter_bits)
		__field(u32, abi_version)
	),
	TP_fast_assign(
		__entry->slot_ns = state->slot_ns;
		__entry->interval_ns = state->interval_ns;
		__entry->unit_bytes = state->unit_bytes;
		__entry->what = state->what;
		__entry->arg = state->arg;
		__entry->mode = state->mode;
		__entry->rmids = state->rmids;
		__entry->counter_bits = state->counter_bits;
		__entry->abi_version = state->abi_version;
	),
	TP_printk("slot=%llu what=%u arg=%u mode=%u interval=%llu unit=%llu rmids=%u counter_bits=%u abi=%u",
		  __entry->slot_ns, __entry->what, __entry->arg, __entry->mode,
		  __entry->interval_ns, __entry->unit_bytes, __entry->rmids,
		  __entry->counter_bits, __entry->abi_version),
	listeners_event_enabled, listeners_event_disabled
);

#endif /* MC_TRACE_H */

#undef TRACE_INCLUDE_PATH
#define TRACE_INCLUDE_PATH .
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_FILE trace
#include <trace/define_trace.h>
