// SPDX-License-Identifier: GPL-2.0-only
/*
 * Processes as they begin, execute another program and end, with what they used
 * in all: one that lives between two looks at the task list is known, too.
 */
#include "kernel_types.h"

#include <memory_collector/bpf_records.h>

char program_license[] SEC("license") = "GPL";

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 1 << 20);
} life_events SEC(".maps");

/* Told, and of these dropped since the ring was full; by CPU. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, MC_BPF_COUNTS);
	__type(key, __u32);
	__type(value, __u64);
} life_counts SEC(".maps");

static void count(__u32 which)
{
	__u64 *value = bpf_map_lookup_elem(&life_counts, &which);

	/* Only this CPU adds to it, but an interrupt's program may come in between. */
	if (value)
		__sync_fetch_and_add(value, 1);
}

static int tell(struct task_struct *task, __u32 what)
{
	struct task_struct *leader = task->group_leader;
	struct signal_struct *signal = task->signal;
	struct mc_bpf_life *event;

	count(MC_BPF_TOLD);
	event = bpf_ringbuf_reserve(&life_events, sizeof(*event), 0);
	if (!event) {
		count(MC_BPF_DROPPED);
		return 0;
	}
	event->time_ns = bpf_ktime_get_ns();
	event->start_time_ns = leader->start_time;
	event->what = what;
	event->tgid = task->tgid;
	event->ppid = task->real_parent ? task->real_parent->tgid : 0;
	event->reserved = 0;
	event->cgroup_id = BPF_CORE_READ(task, cgroups, dfl_cgrp, kn, id);
	event->runtime_ns = signal->sum_sched_runtime + task->se.sum_exec_runtime;
	event->min_flt = signal->min_flt + task->min_flt;
	event->maj_flt = signal->maj_flt + task->maj_flt;
	/* A leader that ended before stays until all of its threads have: not in the sums yet. */
	if (leader != task) {
		event->runtime_ns += leader->se.sum_exec_runtime;
		event->min_flt += leader->min_flt;
		event->maj_flt += leader->maj_flt;
	}
	bpf_probe_read_kernel(event->comm, sizeof(event->comm), leader->comm);
	bpf_ringbuf_submit(event, 0);
	return 0;
}

SEC("tp_btf/sched_process_fork")
int BPF_PROG(process_forks, struct task_struct *parent, struct task_struct *child)
{
	return child->pid == child->tgid ? tell(child, MC_BPF_BEGINS) : 0;
}

SEC("tp_btf/sched_process_exec")
int BPF_PROG(process_executes, struct task_struct *task)
{
	return tell(task, MC_BPF_EXECUTES);
}

SEC("tp_btf/sched_process_exit")
int BPF_PROG(process_exits, struct task_struct *task)
{
	/* The last thread: do_exit() has counted it down by now. */
	return task->signal->live.counter == 0 ? tell(task, MC_BPF_ENDS) : 0;
}
