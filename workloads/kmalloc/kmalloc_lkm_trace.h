/* SPDX-License-Identifier: GPL-2.0-only */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM kmalloc_lkm

#if !defined(KMALLOC_LKM_TRACE_H) || defined(TRACE_HEADER_MULTI_READ)
#define KMALLOC_LKM_TRACE_H

#include <linux/tracepoint.h>

DECLARE_EVENT_CLASS(kmalloc_lkm_memory,
	TP_PROTO(pid_t opener, size_t size, u64 held),
	TP_ARGS(opener, size, held),
	TP_STRUCT__entry(
		__field(u64, size)
		__field(u64, held)
		__field(pid_t, opener)
	),
	TP_fast_assign(
		__entry->size = size;
		__entry->held = held;
		__entry->opener = opener;
	),
	TP_printk("opener=%d size=%llu held=%llu", __entry->opener, __entry->size, __entry->held)
);

DEFINE_EVENT(kmalloc_lkm_memory, kmalloc_lkm_allocated,
	TP_PROTO(pid_t opener, size_t size, u64 held),
	TP_ARGS(opener, size, held)
);

/* All that a file held, when it is closed. */
DEFINE_EVENT(kmalloc_lkm_memory, kmalloc_lkm_released,
	TP_PROTO(pid_t opener, size_t size, u64 held),
	TP_ARGS(opener, size, held)
);

#endif /* KMALLOC_LKM_TRACE_H */

#undef TRACE_INCLUDE_PATH
#define TRACE_INCLUDE_PATH .
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_FILE kmalloc_lkm_trace
#include <trace/define_trace.h>
