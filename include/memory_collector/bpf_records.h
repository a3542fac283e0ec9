/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Between the eBPF programs (daemon/bpf) and the program that loads them: both
 * are of one build, so there is no version. Sizes hold on both sides.
 */
#ifndef MEMORY_COLLECTOR_BPF_RECORDS_H
#define MEMORY_COLLECTOR_BPF_RECORDS_H

#include <linux/types.h>

#ifdef __cplusplus
#define MC_BPF_STATIC_ASSERT static_assert
#else
#define MC_BPF_STATIC_ASSERT _Static_assert
#endif

#define MC_BPF_COMM_LEN 16

enum mc_bpf_task_flags {
	MC_BPF_TASK_KERNEL = 1u << 0,
	/* comm, ppid and cgroup_id are of the process; the rest counts threads that are gone, too. */
	MC_BPF_TASK_LEADER = 1u << 1,
	/* pages are known. */
	MC_BPF_TASK_MEMORY = 1u << 2,
};

/* Of a task, by the iterator: a process is the sum of its tasks. */
struct mc_bpf_task {
	__u64 start_time_ns;	/* of the process, CLOCK_MONOTONIC */
	__u64 runtime_ns;
	__u64 min_flt;
	__u64 maj_flt;
	__u64 cgroup_id;	/* cgroup v2 */
	__u64 pages[4];		/* file, anonymous, swap, shared memory */
	__u32 tgid;
	__u32 ppid;
	__u32 flags;
	__u32 reserved;
	char comm[MC_BPF_COMM_LEN];
};

enum mc_bpf_life_what {
	MC_BPF_BEGINS,
	MC_BPF_EXECUTES,
	MC_BPF_ENDS,
	MC_BPF_OOM_KILL,	/* the record is a mc_bpf_oom */
};

/* In a process's life; counts are as of then, its last ones when it ends. */
struct mc_bpf_life {
	__u64 time_ns;		/* CLOCK_MONOTONIC */
	__u64 start_time_ns;
	__u64 runtime_ns;
	__u64 min_flt;
	__u64 maj_flt;
	__u64 cgroup_id;
	__u32 what;
	__u32 tgid;
	__u32 ppid;
	__u32 reserved;
	char comm[MC_BPF_COMM_LEN];
};

#define MC_BPF_OOM_FRAMES 24

/* The kernel kills a process for want of memory. */
struct mc_bpf_oom {
	struct mc_bpf_life victim;	/* start_time_ns 0: only its tgid is known */
	__u64 pages[4];			/* as mc_bpf_task has them */
	__u64 frames[MC_BPF_OOM_FRAMES];	/* return addresses of who kills, innermost first; 0: no more */
	__s32 oom_score_adj;
	__u32 memory_known;
	__u32 trigger_tgid;
	__u32 reserved;
	char trigger_comm[MC_BPF_COMM_LEN];
};

/* A process, as maps are keyed by it. */
struct mc_bpf_process {
	__u64 start_time_ns;	/* CLOCK_MONOTONIC */
	__u32 tgid;
	__u32 reserved;
};

/* Of a process since the programs were attached. */
struct mc_bpf_reclaim {
	__u64 stalls;
	__u64 stalled_ns;
};

/* Pages of swap space that a process read and wrote since the programs were attached. */
struct mc_bpf_swap {
	__u64 in;
	__u64 out;
};

/* What the machine does to free memory. */
enum mc_bpf_reclaimer {
	MC_BPF_KSWAPD,
	MC_BPF_DIRECT,
	MC_BPF_CGROUP,
	MC_BPF_RECLAIMERS,
};

/* Of each, by CPU; times are kswapd's wakes, or stalls. */
struct mc_bpf_reclaim_sums {
	__u64 times;
	__u64 ns;
	__u64 scanned;
	__u64 reclaimed;
};

/* A stall that has begun. */
struct mc_bpf_stall {
	__u64 begin_ns;
	__u32 reclaimer;
	__u32 reserved;
};

/* Indices of the counts kept by CPU. */
enum mc_bpf_count {
	MC_BPF_TOLD,
	MC_BPF_DROPPED,
	MC_BPF_COUNTS,
};

MC_BPF_STATIC_ASSERT(sizeof(struct mc_bpf_task) == 104, "mc_bpf_task");
MC_BPF_STATIC_ASSERT(sizeof(struct mc_bpf_life) == 80, "mc_bpf_life");
MC_BPF_STATIC_ASSERT(sizeof(struct mc_bpf_process) == 16, "mc_bpf_process");
MC_BPF_STATIC_ASSERT(sizeof(struct mc_bpf_reclaim) == 16, "mc_bpf_reclaim");

MC_BPF_STATIC_ASSERT(sizeof(struct mc_bpf_oom) == 80 + 32 + 192 + 32, "mc_bpf_oom");
MC_BPF_STATIC_ASSERT(sizeof(struct mc_bpf_reclaim_sums) == 32, "mc_bpf_reclaim_sums");
MC_BPF_STATIC_ASSERT(sizeof(struct mc_bpf_swap) == 16, "mc_bpf_swap");
MC_BPF_STATIC_ASSERT(sizeof(struct mc_bpf_stall) == 16, "mc_bpf_stall");

#endif /* MEMORY_COLLECTOR_BPF_RECORDS_H */
