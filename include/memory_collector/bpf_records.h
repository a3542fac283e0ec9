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
	__u64 virtual_pages;
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

/* Who gave it: columns apart, for the later ones' memory is the former ones', too. */
enum mc_bpf_kmem_kind {
	MC_BPF_KMEM_KMALLOC,
	MC_BPF_KMEM_CACHE,
	MC_BPF_KMEM_PAGE,
	MC_BPF_KMEM_VMALLOC,
	MC_BPF_KMEM_PERCPU,
	MC_BPF_KMEM_KINDS,
};

/* Bytes. */
struct mc_bpf_kmem_sum {
	__u64 requested;
	__u64 allocated;
	__u64 held;		/* allocated and not freed */
};

/* Of a process since the programs were attached. */
struct mc_bpf_kmem {
	struct mc_bpf_kmem_sum kinds[MC_BPF_KMEM_KINDS];
	__u64 missed_frees;
	__u64 untracked;	/* bytes that were allocated, and that held lacks */
};

/* Address space of a process, in pages without its stack. */
struct mc_bpf_footprint {
	__u64 base_pages;	/* when it was first seen, or executed a program */
	__u64 pages;
};

/* What the C library has handed out to a process. */
struct mc_bpf_malloc {
	__u64 live_bytes;
	__u64 live_pieces;
	__u64 untracked;	/* bytes for which there was no room in the list of pieces */
	__u64 image;		/* how many programs it has executed */
};

#define MC_BPF_MALLOC_PIECES 262144

struct mc_bpf_malloc_key {
	__u64 address;
	__u32 tgid;
	__u32 reserved;
};

struct mc_bpf_malloc_piece {
	__u64 start_time_ns;	/* of the process */
	__u64 size;
	__u64 image;
};

/*
 * The most that a process held in an interval. Programs count intervals with the
 * reader, which begins one by a number; what was the most in the one before it is
 * kept until the next, so that the reader can come for it in the meantime.
 */
struct mc_bpf_peak {
	__u64 interval;
	__u64 most;
	__u64 most_before;
};

/* Of a process, in pages: of the mm_struct at that address. */
struct mc_bpf_rss {
	__u64 mm;
	__u64 pages[4];		/* file, anonymous, swap, shared memory */
	struct mc_bpf_peak peak;	/* of file, anonymous and shared memory together */
};

/* Changes of memory that are charged to no process, and why. */
enum mc_bpf_rss_count {
	MC_BPF_RSS_CHARGED,
	MC_BPF_RSS_OWNERLESS,	/* nobody's (being torn down), or of one not begun yet */
	MC_BPF_RSS_TABLE_FULL,
	MC_BPF_RSS_COUNTS,
};

/* Of a process since the programs were attached. */
struct mc_bpf_faults {
	__u64 by_user;
	__u64 by_kernel;
	__u64 ns;
	struct mc_bpf_peak slowest;
};

enum mc_bpf_fault_flags {
	/* By the process itself, not by the kernel for it. */
	MC_BPF_FAULT_USER = 1u << 0,
	/* latency_ns is known. */
	MC_BPF_FAULT_TIMED = 1u << 1,
};

struct mc_bpf_fault {
	__u64 time_ns;		/* CLOCK_MONOTONIC, when it was handled */
	__u64 start_time_ns;
	__u64 address;
	__u64 ip;		/* 0: not known */
	__u64 latency_ns;
	__u64 weight;		/* faults on its CPU since the one told before, this one included */
	__u32 tgid;
	__u32 flags;
	char comm[MC_BPF_COMM_LEN];
};

enum mc_bpf_fault_count {
	MC_BPF_FAULT_TOLD,
	MC_BPF_FAULT_DROPPED,
	MC_BPF_FAULT_TABLE_FULL,
	MC_BPF_FAULT_COUNTS,
};

/* Events of a CPU's counter; by CPU. */
enum mc_bpf_pmu_count {
	MC_BPF_PMU_EVENTS,	/* all, of them: */
	MC_BPF_PMU_KERNEL,	/* while a thread of the kernel ran */
	MC_BPF_PMU_TABLE_FULL,
	MC_BPF_PMU_NOT_READ,	/* how often it could not be */
	MC_BPF_PMU_COUNTS,
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

MC_BPF_STATIC_ASSERT(sizeof(struct mc_bpf_task) == 112, "mc_bpf_task");
MC_BPF_STATIC_ASSERT(sizeof(struct mc_bpf_life) == 80, "mc_bpf_life");
MC_BPF_STATIC_ASSERT(sizeof(struct mc_bpf_process) == 16, "mc_bpf_process");
MC_BPF_STATIC_ASSERT(sizeof(struct mc_bpf_kmem) == 136, "mc_bpf_kmem");
MC_BPF_STATIC_ASSERT(sizeof(struct mc_bpf_malloc) == 32, "mc_bpf_malloc");
MC_BPF_STATIC_ASSERT(sizeof(struct mc_bpf_malloc_key) == 16, "mc_bpf_malloc_key");
MC_BPF_STATIC_ASSERT(sizeof(struct mc_bpf_malloc_piece) == 24, "mc_bpf_malloc_piece");
MC_BPF_STATIC_ASSERT(sizeof(struct mc_bpf_rss) == 64, "mc_bpf_rss");
MC_BPF_STATIC_ASSERT(sizeof(struct mc_bpf_faults) == 48, "mc_bpf_faults");
MC_BPF_STATIC_ASSERT(sizeof(struct mc_bpf_fault) == 72, "mc_bpf_fault");
MC_BPF_STATIC_ASSERT(sizeof(struct mc_bpf_reclaim) == 16, "mc_bpf_reclaim");

MC_BPF_STATIC_ASSERT(sizeof(struct mc_bpf_oom) == 80 + 32 + 192 + 32, "mc_bpf_oom");
MC_BPF_STATIC_ASSERT(sizeof(struct mc_bpf_reclaim_sums) == 32, "mc_bpf_reclaim_sums");
MC_BPF_STATIC_ASSERT(sizeof(struct mc_bpf_swap) == 16, "mc_bpf_swap");
MC_BPF_STATIC_ASSERT(sizeof(struct mc_bpf_stall) == 16, "mc_bpf_stall");

#endif /* MEMORY_COLLECTOR_BPF_RECORDS_H */
