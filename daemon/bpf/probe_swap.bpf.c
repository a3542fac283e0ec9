// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the kernel does for want of memory, counted where it happens: kswapd, direct
 * reclaim of the machine and of memory cgroups, pages written out.
 */
#include "probe_common.h"

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, MC_PROBE_SWAP_COUNTS);
	__type(key, __u32);
	__type(value, __u64);
} swap_counts SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct mc_probe_last);
} swap_last SEC(".maps");

/* When each kind of reclaim began. */
struct running_reclaim {
	__u64 begun_ns[MC_PROBE_KINDS];
};

/* By thread. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, MC_PROBE_PROCESSES);
	__type(key, __u32);
	__type(value, struct running_reclaim);
} probe_running SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, MC_PROBE_PROCESSES);
	__type(key, struct mc_probe_process_key);
	__type(value, struct mc_probe_reclaims);
} probe_reclaims SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, MC_PROBE_KINDS * MC_PROBE_BUCKETS);
	__type(key, __u32);
	__type(value, __u64);
} probe_histogram SEC(".maps");

char trace_line[MC_PROBE_LINE];

static __always_inline void add(__u32 which, __u64 number)
{
	__u64 *value = bpf_map_lookup_elem(&swap_counts, &which);

	if (value)
		__sync_fetch_and_add(value, number);
}

static int happens(__u32 which)
{
	if (!wanted())
		return 0;
	count(MC_PROBE_TOLD);
	add(which, 1);
	return 0;
}

SEC("tp_btf/mm_vmscan_kswapd_wake")
int BPF_PROG(kswapd_wakes)
{
	return happens(MC_PROBE_KSWAPD_WAKE);
}

SEC("tp_btf/mm_vmscan_kswapd_sleep")
int BPF_PROG(kswapd_sleeps)
{
	return happens(MC_PROBE_KSWAPD_SLEEP);
}

SEC("tp_btf/mm_vmscan_write_folio")
int BPF_PROG(writes_folio)
{
	return happens(MC_PROBE_WRITE_FOLIO);
}

/* As it was called up to 5.17. */
SEC("tp_btf/mm_vmscan_writepage")
int BPF_PROG(writes_page)
{
	return happens(MC_PROBE_WRITE_FOLIO);
}

static void note_last(void)
{
	__u32 zero = 0;
	struct mc_probe_last *last = bpf_map_lookup_elem(&swap_last, &zero);

	if (!last)
		return;
	__sync_fetch_and_add(&last->begun, 1);
	last->time_ns = bpf_ktime_get_ns();
	last->pid = bpf_get_current_pid_tgid() >> 32;
	bpf_get_current_comm(last->comm, sizeof(last->comm));
	/* Atomic, so that it comes after what is above. */
	__sync_fetch_and_add(&last->written, 1);
}

static int begins(enum mc_probe_reclaim_kind kind)
{
	struct running_reclaim none = {}, *running;
	__u32 thread = bpf_get_current_pid_tgid();

	if (!wanted())
		return 0;
	count(MC_PROBE_TOLD);
	add(kind == MC_PROBE_DIRECT ? MC_PROBE_DIRECT_BEGIN : MC_PROBE_MEMCG_BEGIN, 1);
	note_last();
	bpf_map_update_elem(&probe_running, &thread, &none, BPF_NOEXIST);
	running = bpf_map_lookup_elem(&probe_running, &thread);
	if (running)
		running->begun_ns[kind] = bpf_ktime_get_ns();
	return 0;
}

static void add_up(struct task_struct *task, enum mc_probe_reclaim_kind kind, __u64 ns, __u64 pages)
{
	__u32 bucket = kind * MC_PROBE_BUCKETS + bucket_of(ns);
	struct mc_probe_reclaims fresh = {}, *reclaims;
	__u64 *in_bucket;

	in_bucket = bpf_map_lookup_elem(&probe_histogram, &bucket);
	if (in_bucket)
		__sync_fetch_and_add(in_bucket, 1);
	bpf_get_current_comm(fresh.comm, sizeof(fresh.comm));
	reclaims = entry_of(&probe_reclaims, task, &fresh);
	if (!reclaims)
		return;
	__builtin_memcpy(reclaims->comm, fresh.comm, sizeof(reclaims->comm));
	if (kind == MC_PROBE_DIRECT) {
		__sync_fetch_and_add(&reclaims->direct, 1);
		__sync_fetch_and_add(&reclaims->direct_ns, ns);
		__sync_fetch_and_add(&reclaims->direct_pages, pages);
	} else {
		__sync_fetch_and_add(&reclaims->memcg, 1);
		__sync_fetch_and_add(&reclaims->memcg_ns, ns);
		__sync_fetch_and_add(&reclaims->memcg_pages, pages);
	}
}

static int ends(enum mc_probe_reclaim_kind kind, __u64 pages)
{
	__u32 thread = bpf_get_current_pid_tgid();
	struct running_reclaim *running;
	__u64 ns;

	if (!wanted())
		return 0;
	count(MC_PROBE_TOLD);
	add(kind == MC_PROBE_DIRECT ? MC_PROBE_DIRECT_END : MC_PROBE_MEMCG_END, 1);
	add(kind == MC_PROBE_DIRECT ? MC_PROBE_DIRECT_PAGES : MC_PROBE_MEMCG_PAGES, pages);
	running = bpf_map_lookup_elem(&probe_running, &thread);
	if (!running || !running->begun_ns[kind]) {
		count(MC_PROBE_UNTIMED);
		return 0;
	}
	ns = bpf_ktime_get_ns() - running->begun_ns[kind];
	running->begun_ns[kind] = 0;
	add(kind == MC_PROBE_DIRECT ? MC_PROBE_DIRECT_NS : MC_PROBE_MEMCG_NS, ns);
	if (filter.summary)
		add_up((struct task_struct *)bpf_get_current_task(), kind, ns, pages);
	return 0;
}

SEC("tp_btf/mm_vmscan_direct_reclaim_begin")
int BPF_PROG(direct_begins)
{
	return begins(MC_PROBE_DIRECT);
}

SEC("tp_btf/mm_vmscan_direct_reclaim_end")
int BPF_PROG(direct_ends, unsigned long reclaimed)
{
	return ends(MC_PROBE_DIRECT, reclaimed);
}

SEC("tp_btf/mm_vmscan_memcg_reclaim_begin")
int BPF_PROG(memcg_begins)
{
	return begins(MC_PROBE_MEMCG);
}

SEC("tp_btf/mm_vmscan_memcg_reclaim_end")
int BPF_PROG(memcg_ends, unsigned long reclaimed)
{
	return ends(MC_PROBE_MEMCG, reclaimed);
}

/* Attached to nothing: run once a second with the line that is to be printed. */
SEC("raw_tp")
int print_line(void *ctx)
{
	bpf_printk("%s", trace_line);
	return 0;
}
