// SPDX-License-Identifier: GPL-2.0-only
/*
 * Processes as they begin, execute another program and end, with what they used
 * in all: one that lives between two looks at the task list is known, too.
 */
#include "kernel_types.h"
#include "event_buffer.h"

char program_license[] SEC("license") = "GPL";

static int tell(void *ctx, struct task_struct *task, __u32 what)
{
	struct task_struct *leader = task->group_leader;
	struct signal_struct *signal = task->signal;
	struct mc_bpf_life event = {};

	event.time_ns = bpf_ktime_get_ns();
	event.start_time_ns = leader->start_time;
	event.what = what;
	event.tgid = task->tgid;
	event.ppid = task->real_parent ? task->real_parent->tgid : 0;
	event.cgroup_id = BPF_CORE_READ(task, cgroups, dfl_cgrp, kn, id);
	event.runtime_ns = signal->sum_sched_runtime + task->se.sum_exec_runtime;
	event.min_flt = signal->min_flt + task->min_flt;
	event.maj_flt = signal->maj_flt + task->maj_flt;
	/* A leader that ended before stays until all of its threads have: not in the sums yet. */
	if (leader != task) {
		event.runtime_ns += leader->se.sum_exec_runtime;
		event.min_flt += leader->min_flt;
		event.maj_flt += leader->maj_flt;
	}
	bpf_probe_read_kernel(event.comm, sizeof(event.comm), leader->comm);
	return tell_event(ctx, &event, sizeof(event));
}

SEC("tp_btf/sched_process_fork")
int BPF_PROG(process_forks, struct task_struct *parent, struct task_struct *child)
{
	return child->pid == child->tgid ? tell(ctx, child, MC_BPF_BEGINS) : 0;
}

SEC("tp_btf/sched_process_exec")
int BPF_PROG(process_executes, struct task_struct *task)
{
	return tell(ctx, task, MC_BPF_EXECUTES);
}

SEC("tp_btf/sched_process_exit")
int BPF_PROG(process_exits, struct task_struct *task)
{
	/* The last thread: do_exit() has counted it down by now. */
	return task->signal->live.counter == 0 ? tell(ctx, task, MC_BPF_ENDS) : 0;
}
