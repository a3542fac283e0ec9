// SPDX-License-Identifier: GPL-2.0-only
/*
 * A record for every task there is, each time its file is read: once an interval,
 * in one pass over the task list instead of a read of /proc for every process.
 */
#include "kernel_types.h"

#include <memory_collector/bpf_records.h>

char program_license[] SEC("license") = "GPL";

/* Set before loading: how many CPUs have a part of a per-CPU counter. */
const volatile __u32 possible_cpus = 1;

/* Base addresses of the CPUs' per-CPU memory; not there without CONFIG_KALLSYMS_ALL. */
extern const void __per_cpu_offset __ksym __weak;

#define MOST_CPUS 4096

static __u64 pages(__s64 count)
{
	/* Counts of threads and CPUs are added at different times: below 0 for a moment. */
	return count > 0 ? count : 0;
}

/* Up to a batch (32 pages, or 2 for each CPU) is on each CPU, not in the count yet. */
static void add_parts(__s64 *counts, const __s32 *const *parts)
{
	__u32 cpu, i;

	if (!&__per_cpu_offset)
		return;
	for (cpu = 0; cpu < MOST_CPUS && cpu < possible_cpus; cpu++) {
		const void *slot = (const char *)&__per_cpu_offset + cpu * sizeof(__u64);
		__u64 offset = 0;

		bpf_probe_read_kernel(&offset, sizeof(offset), slot);
		for (i = 0; i < MM_COUNTERS; i++) {
			__s32 part = 0;

			bpf_probe_read_kernel(&part, sizeof(part), (const char *)parts[i] + offset);
			counts[i] += part;
		}
	}
}

/* A constant index: where an element is, is the kernel's to say. */
#define READ_COUNTER(mm, index)                                                \
	do {                                                                   \
		counts[index] = BPF_CORE_READ(mm, rss_stat[index].count);      \
		parts[index] = BPF_CORE_READ(mm, rss_stat[index].counters);    \
	} while (0)

/* Of other threads it is not in: they add it up every 64 pages. */
static void add_own_part(struct task_struct *task, __s64 *counts)
{
	const struct task_struct___split *split = (const void *)task;
	int own[MM_COUNTERS] = {};
	__u32 i;

	if (!bpf_core_field_exists(split->rss_stat.count))
		return;
	bpf_core_read(own, sizeof(own), &split->rss_stat.count);
	for (i = 0; i < MM_COUNTERS; i++)
		counts[i] += own[i];
}

static void read_rss(struct task_struct *task, struct mm_struct *mm, struct mc_bpf_task *record)
{
	__s64 counts[MM_COUNTERS] = {};
	__u32 i;

	if (bpf_core_type_exists(struct mm_rss_stat)) {
		const struct mm_struct___summed *summed = (const void *)mm;

		bpf_core_read(counts, sizeof(counts), &summed->rss_stat);
		add_own_part(task, counts);
	} else {
		const struct mm_struct___percpu *percpu = (const void *)mm;
		const __s32 *parts[MM_COUNTERS] = {};

		READ_COUNTER(percpu, 0);
		READ_COUNTER(percpu, 1);
		READ_COUNTER(percpu, 2);
		READ_COUNTER(percpu, 3);
		add_parts(counts, parts);
	}
	for (i = 0; i < MM_COUNTERS; i++)
		record->pages[i] = pages(counts[i]);
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
			read_rss(task, mm, &record);
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
