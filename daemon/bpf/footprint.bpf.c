// SPDX-License-Identifier: GPL-2.0-only
/*
 * Address space that a process has taken by mmap, brk, mremap and shmat and not given
 * back, call by call. Whatever a call did (a part unmapped, another mapping laid over, a
 * break that was only asked for), the kernel's own count of pages says its outcome.
 */
#include "kernel_types.h"
#include "process_key.h"

char program_license[] SEC("license") = "GPL";

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, MOST_PROCESSES);
	__type(key, struct mc_bpf_process);
	__type(value, struct mc_bpf_footprint);
} footprints SEC(".maps");

/* The stack grows by touching it, not by a call. */
static __u64 pages_of(struct task_struct *task)
{
	const struct mm_struct *mm = BPF_CORE_READ(task, mm);

	return mm ? BPF_CORE_READ(mm, total_vm) - BPF_CORE_READ(mm, stack_vm) : 0;
}

/* Of a pointer that the verifier knows the type of: without a helper for each field. */
static __always_inline __u64 pages_of_known(struct task_struct *task)
{
	const struct mm_struct *mm = task->mm;

	return mm ? mm->total_vm - mm->stack_vm : 0;
}

static __always_inline int begin(const struct mc_bpf_process *key, __u64 base, __u64 pages, __u64 flags)
{
	struct mc_bpf_footprint fresh = { .base_pages = base, .pages = pages };

	bpf_map_update_elem(&footprints, key, &fresh, flags);
	return 0;
}

/* Once, before anything is attached: what there is now. */
SEC("iter/task")
int footprint_seed(struct bpf_iter__task *ctx)
{
	struct task_struct *task = ctx->task;
	struct mc_bpf_process key;

	if (!task || task->pid != task->tgid || task->flags & PF_KTHREAD)
		return 0;
	key = process_of(task);
	return begin(&key, pages_of(task), pages_of(task), BPF_NOEXIST);
}

SEC("tp_btf/sched_process_fork")
int BPF_PROG(footprint_forks, struct task_struct *parent, struct task_struct *child)
{
	struct mc_bpf_process key = process_of_known(parent);
	struct mc_bpf_footprint *known;
	__u64 pages;

	if (child->pid != child->tgid || child->flags & PF_KTHREAD)
		return 0;
	pages = pages_of_known(child);
	known = bpf_map_lookup_elem(&footprints, &key);
	key = process_of_known(child);
	return begin(&key, known ? known->base_pages : pages, pages, BPF_ANY);
}

/* The program's image is mapped; nothing else is yet. */
SEC("tp_btf/sched_process_exec")
int BPF_PROG(footprint_executes, struct task_struct *task)
{
	struct mc_bpf_process key = process_of_known(task);
	__u64 pages = pages_of_known(task);

	return begin(&key, pages, pages, BPF_ANY);
}

struct call_end {
	__u64 common;
	__s64 number;
	__s64 value;
};

static int called(const struct call_end *end)
{
	struct mc_bpf_process key;
	struct mc_bpf_footprint *known;
	__u64 pages;

	/* An error, by which nothing was mapped. */
	if (end->value < 0 && end->value >= -4095)
		return 0;
	key = current_user_process();
	pages = tells_current_task() ? pages_of_known(bpf_get_current_task_btf())
				     : pages_of((struct task_struct *)bpf_get_current_task());
	known = bpf_map_lookup_elem(&footprints, &key);
	if (!known)
		return begin(&key, pages, pages, BPF_NOEXIST);
	known->pages = pages;
	return 0;
}

#define AFTER(call)                                                            \
	SEC("tp/syscalls/sys_exit_" #call)                                     \
	int after_##call(struct call_end *end)                                 \
	{                                                                      \
		return called(end);                                            \
	}

AFTER(mmap)
AFTER(munmap)
AFTER(mremap)
AFTER(brk)
AFTER(shmat)
AFTER(shmdt)
