/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Between the eBPF programs of `memory-collector probe` (daemon/bpf/probe_*) and
 * the program that loads them: both are of one build, so there is no version.
 */
#ifndef MEMORY_COLLECTOR_PROBE_RECORDS_H
#define MEMORY_COLLECTOR_PROBE_RECORDS_H

#include <memory_collector/bpf_records.h>

/* What a program looks for; set before it is loaded. */
struct mc_probe_filter {
	__u64 own_ns_dev;	/* the collector's pid namespace, and its pid in it: */
	__u64 own_ns_inode;	/* its own faults are not told */
	__u32 own_pid;
	__u32 pid;		/* 0: of any process */
	__u32 by_comm;
	__u32 by_cgroup;
	__u32 trace_pipe;	/* lines by bpf_printk() */
	__u32 summary;		/* sums in maps, no events */
	char comm[MC_BPF_COMM_LEN];
};

struct mc_probe_fork {
	__u64 time_ns;		/* CLOCK_MONOTONIC */
	__u64 cgroup_id;
	__u32 pid;
	__u32 ppid;
	char comm[MC_BPF_COMM_LEN];
};

struct mc_probe_fault {
	__u64 time_ns;
	__u64 address;
	__u64 ip;
	__u64 cgroup_id;
	__u32 pid;
	__u32 tid;
	__u32 error_code;
	__u32 kernel;		/* the kernel's access, not the program's own */
	char comm[MC_BPF_COMM_LEN];
};

/* By CPU. */
enum mc_probe_count {
	MC_PROBE_TOLD,
	MC_PROBE_DROPPED,	/* of these; for want of room in the ring */
	MC_PROBE_UNPLACED,	/* events of processes for which the summary has no room */
	MC_PROBE_UNTIMED,	/* ends whose begin was not seen */
	MC_PROBE_COUNTS,
};

/* Of a summary: as many processes as there are entries, the first to come. */
#define MC_PROBE_PROCESSES 16384

struct mc_probe_process_key {
	__u64 start_time_ns;
	__u32 pid;
	__u32 reserved;
};

struct mc_probe_forks {
	__u64 processes;
	char comm[MC_BPF_COMM_LEN];
};

struct mc_probe_faults {
	__u64 user;
	__u64 kernel;
	__u64 ended;		/* 1: min_flt and maj_flt are its last */
	__u64 min_flt;
	__u64 maj_flt;
	char comm[MC_BPF_COMM_LEN];
};

/* By fexit of handle_mm_fault(), where a host allows that. */
struct mc_probe_fault_times {
	__u64 minor;
	__u64 minor_ns;
	__u64 major;
	__u64 major_ns;
};

struct mc_probe_reclaims {
	__u64 direct;
	__u64 direct_ns;
	__u64 direct_pages;
	__u64 memcg;
	__u64 memcg_ns;
	__u64 memcg_pages;
	char comm[MC_BPF_COMM_LEN];
};

/* Bucket i counts times of 2^i ns and more, below 2^(i + 1) ns. */
#define MC_PROBE_BUCKETS 40

enum mc_probe_fault_kind {
	MC_PROBE_MINOR,
	MC_PROBE_MAJOR,
};

enum mc_probe_reclaim_kind {
	MC_PROBE_DIRECT,
	MC_PROBE_MEMCG,
};

#define MC_PROBE_KINDS 2

/* By CPU, since the programs were attached. */
enum mc_probe_swap_count {
	MC_PROBE_KSWAPD_WAKE,
	MC_PROBE_KSWAPD_SLEEP,
	MC_PROBE_DIRECT_BEGIN,
	MC_PROBE_DIRECT_END,
	MC_PROBE_DIRECT_PAGES,
	MC_PROBE_DIRECT_NS,
	MC_PROBE_WRITE_FOLIO,
	MC_PROBE_MEMCG_BEGIN,
	MC_PROBE_MEMCG_END,
	MC_PROBE_MEMCG_PAGES,
	MC_PROBE_MEMCG_NS,
	MC_PROBE_SWAP_COUNTS,
};

/*
 * Who last had to reclaim, by CPU. Written from the last field to the first,
 * read the other way: whole if both numbers are the same.
 */
struct mc_probe_last {
	__u64 written;
	__u64 time_ns;
	__u32 pid;
	__u32 reserved;
	char comm[MC_BPF_COMM_LEN];
	__u64 begun;
};

/* A line for the trace pipe. */
#define MC_PROBE_LINE 256

MC_BPF_STATIC_ASSERT(sizeof(struct mc_probe_filter) == 56, "mc_probe_filter");
MC_BPF_STATIC_ASSERT(sizeof(struct mc_probe_fork) == 40, "mc_probe_fork");
MC_BPF_STATIC_ASSERT(sizeof(struct mc_probe_fault) == 64, "mc_probe_fault");
MC_BPF_STATIC_ASSERT(sizeof(struct mc_probe_faults) == 56, "mc_probe_faults");
MC_BPF_STATIC_ASSERT(sizeof(struct mc_probe_reclaims) == 64, "mc_probe_reclaims");
MC_BPF_STATIC_ASSERT(sizeof(struct mc_probe_last) == 48, "mc_probe_last");

#endif /* MEMORY_COLLECTOR_PROBE_RECORDS_H */
