/* SPDX-License-Identifier: GPL-2.0-only */
/* The process that runs, as maps are keyed by it. Include after kernel_types.h. */
#ifndef MC_BPF_PROCESS_KEY_H
#define MC_BPF_PROCESS_KEY_H

#include <memory_collector/bpf_records.h>

#define MOST_PROCESSES 32768

/* kthreadd: all kernel threads are one process, its. */
#define KERNEL_THREADS_PID 2

static __always_inline struct mc_bpf_process process_of(struct task_struct *task)
{
	struct mc_bpf_process key = {};

	if ((BPF_CORE_READ(task, flags) & PF_KTHREAD) && BPF_CORE_READ(task, tgid) != KERNEL_THREADS_PID)
		task = BPF_CORE_READ(task, real_parent);
	key.start_time_ns = BPF_CORE_READ(task, group_leader, start_time);
	key.tgid = BPF_CORE_READ(task, tgid);
	return key;
}

/* Of a pointer that the verifier knows the type of: without a helper for each field. */
static __always_inline struct mc_bpf_process process_of_known(struct task_struct *task)
{
	struct mc_bpf_process key = {
		.start_time_ns = task->group_leader->start_time,
		.tgid = task->tgid,
	};

	return key;
}

static __always_inline struct mc_bpf_process current_process(void)
{
	return process_of((struct task_struct *)bpf_get_current_task());
}

/* Is bpf_get_current_task_btf() there, which is new in 5.11? */
static __always_inline int tells_current_task(void)
{
	return bpf_core_enum_value_exists(enum bpf_func_id, BPF_FUNC_get_current_task_btf);
}

/* Where no kernel thread runs. */
static __always_inline struct mc_bpf_process current_user_process(void)
{
	return tells_current_task() ? process_of_known(bpf_get_current_task_btf()) : current_process();
}

#endif /* MC_BPF_PROCESS_KEY_H */
