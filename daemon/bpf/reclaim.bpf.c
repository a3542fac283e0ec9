// SPDX-License-Identifier: GPL-2.0-only
/*
 * Reclaim: how often a process had to free memory itself before it got some, and
 * for how long, of the host's memory and of its cgroup's; and what the machine
 * did for it in all.
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

/* By thread. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, MOST_PROCESSES);
	__type(key, __u32);
	__type(value, struct mc_bpf_stall);
} reclaim_begins SEC(".maps");

/* Of the machine, by enum mc_bpf_reclaimer. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, MC_BPF_RECLAIMERS);
	__type(key, __u32);
	__type(value, struct mc_bpf_reclaim_sums);
} reclaim_sums SEC(".maps");

static int begins(__u32 reclaimer)
{
	__u32 thread = bpf_get_current_pid_tgid();
	struct mc_bpf_stall stall = {
		.begin_ns = bpf_ktime_get_ns(),
		.reclaimer = reclaimer,
	};

	bpf_map_update_elem(&reclaim_begins, &thread, &stall, BPF_ANY);
	return 0;
}

static void add_to_machine(__u32 reclaimer, __u64 stalled, __u64 reclaimed)
{
	struct mc_bpf_reclaim_sums *sums = bpf_map_lookup_elem(&reclaim_sums, &reclaimer);

	if (!sums)
		return;
	__sync_fetch_and_add(&sums->times, 1);
	/* To add a constant 0 the compiler takes an instruction that is new in 5.12. */
	if (stalled)
		__sync_fetch_and_add(&sums->ns, stalled);
	if (reclaimed)
		__sync_fetch_and_add(&sums->reclaimed, reclaimed);
}

static int ends(__u32 reclaimer, __u64 reclaimed)
{
	struct mc_bpf_process key = current_process();
	__u32 thread = bpf_get_current_pid_tgid();
	struct mc_bpf_stall *stall = bpf_map_lookup_elem(&reclaim_begins, &thread);
	struct mc_bpf_reclaim *sums;
	__u64 stalled;

	if (!stall)
		return 0;
	stalled = bpf_ktime_get_ns() - stall->begin_ns;
	bpf_map_delete_elem(&reclaim_begins, &thread);
	add_to_machine(reclaimer, stalled, reclaimed);
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
	return begins(MC_BPF_DIRECT);
}

SEC("tp_btf/mm_vmscan_direct_reclaim_end")
int host_ends(__u64 *ctx)
{
	return ends(MC_BPF_DIRECT, ctx[0]);
}

SEC("tp_btf/mm_vmscan_memcg_reclaim_begin")
int cgroup_begins(void *ctx)
{
	return begins(MC_BPF_CGROUP);
}

SEC("tp_btf/mm_vmscan_memcg_reclaim_end")
int cgroup_ends(__u64 *ctx)
{
	return ends(MC_BPF_CGROUP, ctx[0]);
}

SEC("tp_btf/mm_vmscan_kswapd_wake")
int kswapd_wakes(void *ctx)
{
	add_to_machine(MC_BPF_KSWAPD, 0, 0);
	return 0;
}

/* A batch of pages has been looked at: nid, nr_scanned, nr_reclaimed, ... */
SEC("tp_btf/mm_vmscan_lru_shrink_inactive")
int pages_scanned(__u64 *ctx)
{
	__u32 thread = bpf_get_current_pid_tgid();
	struct mc_bpf_stall *stall = bpf_map_lookup_elem(&reclaim_begins, &thread);
	__u32 reclaimer = stall ? stall->reclaimer : MC_BPF_KSWAPD;
	struct mc_bpf_reclaim_sums *sums;

	/* In no stall and no kernel thread: madvise(2) and the like. */
	if (!stall) {
		struct task_struct *task = (struct task_struct *)bpf_get_current_task();

		if (!(BPF_CORE_READ(task, flags) & PF_KTHREAD))
			return 0;
	}
	sums = bpf_map_lookup_elem(&reclaim_sums, &reclaimer);
	if (!sums)
		return 0;
	__sync_fetch_and_add(&sums->scanned, ctx[1]);
	/* What a stall freed in all is told at its end. */
	if (reclaimer == MC_BPF_KSWAPD)
		__sync_fetch_and_add(&sums->reclaimed, ctx[2]);
	return 0;
}
