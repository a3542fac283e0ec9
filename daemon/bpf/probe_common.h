/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What every program of `memory-collector probe` has: whose events are wanted,
 * what was told and what was not, sums by process, histograms.
 */
#ifndef MC_BPF_PROBE_COMMON_H
#define MC_BPF_PROBE_COMMON_H

#include "kernel_types.h"

#include <memory_collector/probe_records.h>

char program_license[] SEC("license") = "GPL";

const volatile struct mc_probe_filter filter = {};

struct {
	__uint(type, BPF_MAP_TYPE_CGROUP_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u32);
} probe_cgroup SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, MC_PROBE_COUNTS);
	__type(key, __u32);
	__type(value, __u64);
} probe_counts SEC(".maps");

static __always_inline void count(__u32 which)
{
	__u64 *value = bpf_map_lookup_elem(&probe_counts, &which);

	/* Only this CPU adds to it, but an interrupt's program may come in between. */
	if (value)
		__sync_fetch_and_add(value, 1);
}

static __always_inline int own(void)
{
	struct bpf_pidns_info ids = {};

	if (bpf_get_ns_current_pid_tgid(filter.own_ns_dev, filter.own_ns_inode, &ids, sizeof(ids)))
		return 0;
	return ids.tgid == filter.own_pid;
}

static __always_inline int has_comm(void)
{
	char comm[MC_BPF_COMM_LEN] = {};
	__u32 i;

	bpf_get_current_comm(comm, sizeof(comm));
	for (i = 0; i < MC_BPF_COMM_LEN; i++) {
		if (comm[i] != filter.comm[i])
			return 0;
		if (!comm[i])
			break;
	}
	return 1;
}

/* Does the running process pass the filters? */
static __always_inline int wanted(void)
{
	if (filter.pid && bpf_get_current_pid_tgid() >> 32 != filter.pid)
		return 0;
	if (filter.by_comm && !has_comm())
		return 0;
	if (filter.by_cgroup && bpf_current_task_under_cgroup(&probe_cgroup, 0) != 1)
		return 0;
	return 1;
}

static __always_inline __u64 current_cgroup(struct task_struct *task)
{
	return BPF_CORE_READ(task, cgroups, dfl_cgrp, kn, id);
}

static __always_inline void key_of(struct mc_probe_process_key *key, struct task_struct *task)
{
	key->start_time_ns = BPF_CORE_READ(task, group_leader, start_time);
	key->pid = BPF_CORE_READ(task, tgid);
	key->reserved = 0;
}

/* The running process's entry, made if there is none yet; NULL, and counted, if there is no room. */
static __always_inline void *entry_of(void *map, struct task_struct *task, const void *fresh)
{
	struct mc_probe_process_key key;
	void *entry;

	key_of(&key, task);
	entry = bpf_map_lookup_elem(map, &key);
	if (!entry) {
		/* Another thread may have been quicker: then it stands. */
		bpf_map_update_elem(map, &key, fresh, BPF_NOEXIST);
		entry = bpf_map_lookup_elem(map, &key);
	}
	if (!entry)
		count(MC_PROBE_UNPLACED);
	return entry;
}

/* For the trace pipe, where nothing else keeps a line a line. */
static __always_inline void printable_comm(char *comm)
{
	__u32 i;

	for (i = 0; i < MC_BPF_COMM_LEN - 1; i++)
		if (comm[i] && (comm[i] <= ' ' || comm[i] >= 0x7f || comm[i] == '"' || comm[i] == '\\'))
			comm[i] = '?';
}

static __always_inline __u32 bucket_of(__u64 ns)
{
	__u32 bucket = 0, step;

	for (step = 32; step; step /= 2) {
		if (ns >> step) {
			ns >>= step;
			bucket += step;
		}
	}
	return bucket < MC_PROBE_BUCKETS ? bucket : MC_PROBE_BUCKETS - 1;
}

#endif /* MC_BPF_PROBE_COMMON_H */
