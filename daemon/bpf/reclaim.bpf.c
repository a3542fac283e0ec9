// SPDX-License-Identifier: GPL-2.0-only
/*
 * Direct reclaim: how often a process had to free memory itself before it got
 * some, and for how long. Of the host's memory and of its cgroup's.
 */
#include "kernel_types.h"
#include "process_key.h"

char program_license[] SEC("license") = "GPL";

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, MOST_PROCESSES);
	__type(key, struct mc_bpf_process);
	__type(value, struct mc_bpf_reclaim);
} reclaim_stalls SEC(".maps");

/* When the thread's stall began. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, MOST_PROCESSES);
	__type(key, __u32);
	__type(value, __u64);
} reclaim_begins SEC(".maps");

static int begins(void)
{
	__u32 thread = bpf_get_current_pid_tgid();
	__u64 now = bpf_ktime_get_ns();

	bpf_map_update_elem(&reclaim_begins, &thread, &now, BPF_ANY);
	return 0;
}

static int ends(void)
{
	struct mc_bpf_process key = current_process();
	__u32 thread = bpf_get_current_pid_tgid();
	__u64 *begin = bpf_map_lookup_elem(&reclaim_begins, &thread);
	struct mc_bpf_reclaim *sums;
	__u64 stalled;

	if (!begin)
		return 0;
	stalled = bpf_ktime_get_ns() - *begin;
	bpf_map_delete_elem(&reclaim_begins, &thread);
	sums = bpf_map_lookup_elem(&reclaim_stalls, &key);
	if (!sums) {
		struct mc_bpf_reclaim none = {};

		bpf_map_update_elem(&reclaim_stalls, &key, &none, BPF_NOEXIST);
		sums = bpf_map_lookup_elem(&reclaim_stalls, &key);
		if (!sums)
			return 0;
	}
	/* Threads of a process on several CPUs. */
	__sync_fetch_and_add(&sums->stalls, 1);
	__sync_fetch_and_add(&sums->stalled_ns, stalled);
	return 0;
}

SEC("tp_btf/mm_vmscan_direct_reclaim_begin")
int host_begins(void *ctx)
{
	return begins();
}

SEC("tp_btf/mm_vmscan_direct_reclaim_end")
int host_ends(void *ctx)
{
	return ends();
}

SEC("tp_btf/mm_vmscan_memcg_reclaim_begin")
int cgroup_begins(void *ctx)
{
	return begins();
}

SEC("tp_btf/mm_vmscan_memcg_reclaim_end")
int cgroup_ends(void *ctx)
{
	return ends();
}
