/* SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note */
/*
 * What the kernel module, BPF programs and user space agree on: the event
 * names, the payload of every event, the flags in them and the ABI version.
 *
 * A reader must take field offsets from the event's own `format` file (the
 * common header differs between kernels); the structures below give the
 * payload behind that header and pin its size.
 *
 * Conventions, for every event:
 *  - times are nanoseconds of CLOCK_MONOTONIC;
 *  - a process is the pair (pid, start_time_ns): the thread group's id in the
 *    initial pid namespace and the start time of its leader;
 *  - byte, fault and time counts are cumulative over the process's life in the
 *    module's table, wrap-extended and scaled: a lost event costs resolution,
 *    never bytes;
 *  - slot_ns is a multiple of the sampling interval. A sample with slot_ns S
 *    tells of everything up to its own read, and belongs to the reporting
 *    interval (start, end] with start < S <= end.
 */
#ifndef MEMORY_COLLECTOR_ABI_H
#define MEMORY_COLLECTOR_ABI_H

#ifdef __KERNEL__
#include <linux/build_bug.h>
#include <linux/types.h>
#else
#include <linux/types.h>
#endif

#ifdef __cplusplus
#define MC_STATIC_ASSERT(expression, text) static_assert(expression, text)
#else
#define MC_STATIC_ASSERT(expression, text) _Static_assert(expression, text)
#endif

/* Raised by any addition or change to what follows. */
#define MC_ABI_VERSION 3

#define MC_TRACE_SYSTEM "memory_collector"
#define MC_MODULE_NAME "collector"
#define MC_PROC_NAME "memory_collector"
/* The read-only module parameter that holds MC_ABI_VERSION. */
#define MC_ABI_VERSION_PATH "/sys/module/collector/parameters/abi_version"

#define MC_COMM_LEN 16

/* All kernel threads share one entry and one RMID: kthreadd's identity. */
#define MC_KERNEL_THREADS_PID 2

/* Flags of rdt_sample, domain_sample, process_sample, soft_sample and tick. */
enum mc_sample_flags {
	/* Read by the slow sweep over RMIDs that did not run in the slot. */
	MC_FLAG_SWEEP = 1u << 0,
	/* Last read of a released RMID, charged to its former owner. */
	MC_FLAG_DRAIN = 1u << 1,
	/* Answer to `dump`: current totals, nothing was read for it. */
	MC_FLAG_EXISTING = 1u << 2,
	/* RMID was handed out warm; occupancy_bytes is withheld (0). */
	MC_FLAG_WARM = 1u << 3,
	/* A counter answered with IA32_QM_CTR.Error; totals unchanged by it. */
	MC_FLAG_ERROR = 1u << 4,
	/* A counter answered with IA32_QM_CTR.Unavailable; likewise. */
	MC_FLAG_UNAVAILABLE = 1u << 5,
	/* The machine has no such counter: the field is 0 and means nothing. */
	MC_FLAG_NO_TOTAL = 1u << 6,
	MC_FLAG_NO_LOCAL = 1u << 7,
	MC_FLAG_NO_OCCUPANCY = 1u << 8,
	/* occupancy_bytes is not valid in this sample (warm, error, drained). */
	MC_FLAG_OCCUPANCY_INVALID = 1u << 9,
	/* The process ran without an RMID: its traffic then is unattributed. */
	MC_FLAG_NO_RMID = 1u << 10,
	/* Module samples without RDT: there are no rdt_sample events. */
	MC_FLAG_SOFTWARE = 1u << 11,
	/* The per-CPU list of processes of this slot overflowed. */
	MC_FLAG_LIST_OVERFLOW = 1u << 12,
	/* The shared entry of all kernel threads. */
	MC_FLAG_KERNEL_THREADS = 1u << 13,
	/* The process table was full when this process first ran. */
	MC_FLAG_TABLE_FULL = 1u << 14,
	/* The CPU stops ticking after this tick because it is idle. */
	MC_FLAG_IDLE = 1u << 15,
	/* Ran on a CPU's soft RMID: bytes are its own, occupancy is the group's. */
	MC_FLAG_SOFT = 1u << 16,
	/*
	 * Of a tick: its time was up, the rest is the next one's, see complete_ns. Of an
	 * rdt_sample: a CPU of the domain was behind like this, its bytes may be of
	 * several slots.
	 */
	MC_FLAG_DEFERRED = 1u << 17,
};

/* Why a process_info event was emitted. */
enum mc_info_reason {
	MC_INFO_FIRST_SEEN = 0,
	MC_INFO_EXEC = 1,
	MC_INFO_CGROUP = 2,
	MC_INFO_PERIODIC = 3,
	MC_INFO_DUMP = 4,
};

/* Why an RMID was given, taken or mentioned. */
enum mc_rmid_reason {
	MC_RMID_FIRST_RUN = 0,
	MC_RMID_REASSIGNED = 1,
	MC_RMID_PROCESS_EXIT = 2,
	MC_RMID_RECLAIMED = 3,
	MC_RMID_DUMP = 4,
	/* It moved much without one; it moved less than who goes without one. */
	MC_RMID_PROMOTED = 5,
	MC_RMID_DEMOTED = 6,
};

/* What a state event announces; `arg` is given behind each. */
enum mc_state_what {
	MC_STATE_STARTED = 0,		/* 0 */
	MC_STATE_STOPPED = 1,		/* 0 */
	MC_STATE_CPU_UP = 2,		/* cpu */
	MC_STATE_CPU_DOWN = 3,		/* cpu */
	MC_STATE_RESCTRL_MOUNTED = 4,	/* 0 */
	MC_STATE_RESCTRL_LEFT = 5,	/* 0 */
	MC_STATE_DUMP_BEGIN = 6,	/* 0 */
	MC_STATE_DUMP_END = 7,		/* entries dumped */
	MC_STATE_DOMAIN_DOWN = 8,	/* domain */
};

/* How the module measures now (state.mode). */
enum mc_mode {
	MC_MODE_SOFTWARE = 0,
	MC_MODE_RDT = 1,
	/* RDT is there but resctrl owns it. */
	MC_MODE_RESCTRL = 2,
};

/*
 * occupancy_bytes leaves out what former owners of the RMID may still have in
 * the cache: it is never more than the process's own, and less by at most the
 * threshold under which an RMID is handed out as cold.
 */
struct mc_rdt_sample {
	__u64 slot_ns;
	__u64 start_time_ns;
	__u64 total_bytes;
	__u64 local_bytes;
	__u64 occupancy_bytes;
	__u32 pid;
	__u32 rmid;
	__u32 domain;
	__u32 flags;
};

/*
 * The domain as it stood when its slot was closed: total_bytes is the sum of
 * every byte read from any RMID of the domain in samples with slot <= slot_ns,
 * unattributed_bytes the part of it that was charged to no process. With
 * MC_FLAG_EXISTING: as it stood at a dump, and its slot may still be open.
 */
struct mc_domain_sample {
	__u64 slot_ns;
	__u64 total_bytes;
	__u64 local_bytes;
	__u64 unattributed_bytes;
	__u64 unattributed_local_bytes;
	__u32 domain;
	__u32 flags;
};

/*
 * A CPU's soft RMID, after a slot in which processes without an RMID of their
 * own ran on it: the bytes charged to them through it since sampling started,
 * and what all of them together have in the cache by it.
 */
struct mc_soft_sample {
	__u64 slot_ns;
	__u64 total_bytes;
	__u64 local_bytes;
	__u64 occupancy_bytes;
	__u32 cpu;
	__u32 rmid;
	__u32 domain;
	__u32 flags;
};

/* rss_pages = anonymous + file + shared memory pages. */
struct mc_process_sample {
	__u64 slot_ns;
	__u64 start_time_ns;
	__u64 cpu_time_ns;
	__u64 rss_pages;
	__u64 rss_anon_pages;
	__u64 rss_shmem_pages;
	__u64 swap_pages;
	__u64 min_flt;
	__u64 maj_flt;
	__u32 pid;
	__u32 flags;
};

struct mc_process_info {
	__u64 start_time_ns;
	__u64 cgroup_id;
	__u32 pid;
	__u32 ppid;
	__u32 reason;
	__u32 flags;
	char comm[MC_COMM_LEN];
};

/* Sums over all domains, after every RMID of the process was drained. */
struct mc_process_exit {
	__u64 slot_ns;
	__u64 start_time_ns;
	__u64 total_bytes;
	__u64 local_bytes;
	__u64 cpu_time_ns;
	__u64 min_flt;
	__u64 maj_flt;
	__u32 pid;
	__u32 flags;
	char comm[MC_COMM_LEN];
};

/* rmid_alloc, rmid_free and rmid_existing. */
struct mc_rmid_event {
	__u64 start_time_ns;
	__u32 pid;
	__u32 rmid;
	__u32 reason;
	__u32 flags;
	char comm[MC_COMM_LEN];
};

/*
 * Last event of every tick of every CPU. missed, idle, reads and events are
 * cumulative for this CPU since sampling started; events counts every event of
 * this system emitted on this CPU, this one included. reads_* are the
 * select-and-read pairs since the tick before by purpose.
 */
struct mc_tick {
	__u64 slot_ns;
	__u64 late_ns;
	__u64 duration_ns;
	/* Of it, reading counters (waiting for the domain's lock included). */
	__u64 reading_ns;
	/* What ran on this CPU before this slot has been read and told of. */
	__u64 complete_ns;
	__u64 missed;
	__u64 idle;
	__u64 reads;
	__u64 events;
	__u32 reads_sample;
	__u32 reads_sweep;
	__u32 reads_drain;
	__u32 reads_limbo;
	__u32 reads_soft;
	/* Switches at which the soft RMID was read; and was not, for the limit. */
	__u32 soft_switches;
	__u32 soft_refused;
	__u32 flags;
	__u32 list_overflow;
	/* Processes told of: a process_sample each, unless they have ended. */
	__u32 processes;
};

struct mc_state {
	__u64 slot_ns;
	__u64 interval_ns;
	__u64 unit_bytes;
	__u32 what;
	__u32 arg;
	__u32 mode;
	__u32 rmids;
	__u32 counter_bits;
	__u32 abi_version;
};

MC_STATIC_ASSERT(sizeof(struct mc_rdt_sample) == 56, "rdt_sample");
MC_STATIC_ASSERT(sizeof(struct mc_domain_sample) == 48, "domain_sample");
MC_STATIC_ASSERT(sizeof(struct mc_process_sample) == 80, "process_sample");
MC_STATIC_ASSERT(sizeof(struct mc_process_info) == 48, "process_info");
MC_STATIC_ASSERT(sizeof(struct mc_process_exit) == 80, "process_exit");
MC_STATIC_ASSERT(sizeof(struct mc_rmid_event) == 40, "rmid events");
MC_STATIC_ASSERT(sizeof(struct mc_soft_sample) == 48, "soft_sample");
MC_STATIC_ASSERT(sizeof(struct mc_tick) == 112, "tick");
MC_STATIC_ASSERT(sizeof(struct mc_state) == 48, "state");

#endif /* MEMORY_COLLECTOR_ABI_H */
