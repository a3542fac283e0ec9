/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The way of events to the program that loaded this: a ring, or on kernels before
 * 5.8 a perf buffer for each CPU. What does not fit is counted. Objects that
 * include this share the maps. Include after kernel_types.h.
 */
#ifndef MC_BPF_EVENT_BUFFER_H
#define MC_BPF_EVENT_BUFFER_H

#include <memory_collector/bpf_records.h>

/* Set before loading: the other map is not made then. */
const volatile __u8 by_perf = 0;

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 1 << 20);
} event_ring SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERF_EVENT_ARRAY);
	__uint(key_size, sizeof(__u32));
	__uint(value_size, sizeof(__u32));
} event_perf SEC(".maps");

/* Told, and of these dropped since there was no room; by CPU. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, MC_BPF_COUNTS);
	__type(key, __u32);
	__type(value, __u64);
} event_counts SEC(".maps");

static __always_inline void count_event(__u32 which)
{
	__u64 *value = bpf_map_lookup_elem(&event_counts, &which);

	/* Only this CPU adds to it, but an interrupt's program may come in between. */
	if (value)
		__sync_fetch_and_add(value, 1);
}

static __always_inline int tell_event(void *ctx, void *event, __u64 size)
{
	long error;

	count_event(MC_BPF_TOLD);
	/* The reader looks by the clock: nobody is to be woken. */
	if (by_perf)
		error = bpf_perf_event_output(ctx, &event_perf, BPF_F_CURRENT_CPU, event, size);
	else
		error = bpf_ringbuf_output(&event_ring, event, size, BPF_RB_NO_WAKEUP);
	if (error)
		count_event(MC_BPF_DROPPED);
	return 0;
}

#endif /* MC_BPF_EVENT_BUFFER_H */
