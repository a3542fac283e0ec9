// SPDX-License-Identifier: GPL-2.0-only
/*
 * How long page faults take, from the entry of handle_mm_fault() to its exit: for
 * hosts that allow fentry and fexit. A fault that the kernel tries again is one
 * fault, with the time of all tries; what ends in an error is none.
 */
#include "probe_common.h"

/* include/linux/mm_types.h */
#define FAULT_FLAG_TRIED 0x20
#define VM_FAULT_MAJOR 0x4
#define VM_FAULT_RETRY 0x400
/* OOM, SIGBUS, HWPOISON, HWPOISON_LARGE, SIGSEGV, FALLBACK */
#define VM_FAULT_ERROR (0x1 | 0x2 | 0x10 | 0x20 | 0x40 | 0x800)

struct running_fault {
	__u64 begun_ns;
	__u64 before_ns;	/* of earlier tries */
};

struct {
	__uint(type, BPF_MAP_TYPE_TASK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct running_fault);
} probe_running SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, MC_PROBE_PROCESSES);
	__type(key, struct mc_probe_process_key);
	__type(value, struct mc_probe_fault_times);
} probe_fault_times SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, MC_PROBE_KINDS * MC_PROBE_BUCKETS);
	__type(key, __u32);
	__type(value, __u64);
} probe_histogram SEC(".maps");

struct vm_area_struct;

SEC("fentry/handle_mm_fault")
int BPF_PROG(fault_begins, struct vm_area_struct *vma, unsigned long address, unsigned int flags)
{
	struct running_fault *running;

	if (!wanted() || own())
		return 0;
	running = bpf_task_storage_get(&probe_running, bpf_get_current_task_btf(), 0, BPF_LOCAL_STORAGE_GET_F_CREATE);
	if (!running)
		return 0;
	if (!(flags & FAULT_FLAG_TRIED))
		running->before_ns = 0;
	running->begun_ns = bpf_ktime_get_ns();
	return 0;
}

static void add_up(struct task_struct *task, __u64 ns, __u32 major)
{
	__u32 bucket = (major ? MC_PROBE_MAJOR : MC_PROBE_MINOR) * MC_PROBE_BUCKETS + bucket_of(ns);
	struct mc_probe_fault_times fresh = {}, *times;
	__u64 *in_bucket;

	count(MC_PROBE_TOLD);
	in_bucket = bpf_map_lookup_elem(&probe_histogram, &bucket);
	if (in_bucket)
		__sync_fetch_and_add(in_bucket, 1);
	times = entry_of(&probe_fault_times, task, &fresh);
	if (!times)
		return;
	__sync_fetch_and_add(major ? &times->major : &times->minor, 1);
	__sync_fetch_and_add(major ? &times->major_ns : &times->minor_ns, ns);
}

SEC("fexit/handle_mm_fault")
int BPF_PROG(fault_ends, struct vm_area_struct *vma, unsigned long address, unsigned int flags, struct pt_regs *regs,
	     unsigned int result)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct running_fault *running;
	__u64 ns;

	if (!wanted() || own())
		return 0;
	running = bpf_task_storage_get(&probe_running, task, 0, 0);
	if (!running || !running->begun_ns) {
		count(MC_PROBE_UNTIMED);
		return 0;
	}
	ns = running->before_ns + (bpf_ktime_get_ns() - running->begun_ns);
	running->begun_ns = 0;
	running->before_ns = result & VM_FAULT_RETRY ? ns : 0;
	if (result & (VM_FAULT_RETRY | VM_FAULT_ERROR))
		return 0;
	/* As the kernel counts: one that had to wait for its page was tried again. */
	add_up(task, ns, (result & VM_FAULT_MAJOR) || (flags & FAULT_FLAG_TRIED));
	return 0;
}
