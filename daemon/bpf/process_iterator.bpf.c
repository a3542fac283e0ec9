// SPDX-License-Identifier: GPL-2.0-only
/*
 * A record for every task there is, each time its file is read: once an interval,
 * in one pass over the task list instead of a read of /proc for every process.
 */
#include "kernel_types.h"
#include "rss.h"

#include <memory_collector/bpf_records.h>

char program_license[] SEC("license") = "GPL";

/* Up to 6.1 a thread adds what it holds more to its process's count every 64 pages only. */
static void add_own_part(struct task_struct *task, __u64 *to)
{
	const struct task_struct___split *split = (const void *)task;
	int own[MM_COUNTERS] = {};
	__u32 i;

	if (!bpf_core_field_exists(split->rss_stat.count))
		return;
	bpf_core_read(own, sizeof(own), &split->rss_stat.count);
	for (i = 0; i < MM_COUNTERS; i++)
		to[i] = rss_pages((__s64)to[i] + own[i]);
}

SEC("iter/task")
int each_task(struct bpf_iter__task *ctx)
{
	struct task_struct *task = ctx->task, *leader;
	struct mc_bpf_task record = {};
	struct signal_struct *signal;
	struct mm_struct *mm;

	if (!task)
		return 0;
	signal = task->signal;
	leader = task->group_leader;
	if (!signal || !leader)
		return 0;
	record.tgid = task->tgid;
	record.start_time_ns = leader->start_time;
	record.runtime_ns = task->se.sum_exec_runtime;
	record.min_flt = task->min_flt;
	record.maj_flt = task->maj_flt;
	if (task->flags & PF_KTHREAD) {
		record.flags |= MC_BPF_TASK_KERNEL;
	} else {
		/* Its exit event has told all that there was. */
		if (signal->live.counter <= 0)
			return 0;
		mm = task->mm;
		/* All threads have the same; the first may be gone before the others. */
		if (mm && (task->pid == task->tgid || !leader->mm)) {
			record.flags |= MC_BPF_TASK_MEMORY;
			read_rss(mm, record.pages);
			add_own_part(task, record.pages);
			record.virtual_pages = mm->total_vm;
		}
	}
	if (task->pid == task->tgid) {
		record.flags |= MC_BPF_TASK_LEADER;
		/* Of threads that are gone. */
		record.runtime_ns += signal->sum_sched_runtime;
		record.min_flt += signal->min_flt;
		record.maj_flt += signal->maj_flt;
		record.ppid = task->real_parent ? task->real_parent->tgid : 0;
		record.cgroup_id = BPF_CORE_READ(task, cgroups, dfl_cgrp, kn, id);
		bpf_probe_read_kernel(record.comm, sizeof(record.comm), task->comm);
	}
	bpf_seq_write(ctx->meta->seq, &record, sizeof(record));
	return 0;
}
