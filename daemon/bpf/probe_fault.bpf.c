// SPDX-License-Identifier: GPL-2.0-only
/*
 * Every page fault as it begins, by the tracepoints of x86's exception handler;
 * in a summary also the faults that a process had in all when it ends.
 */
#include "probe_common.h"

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 1 << 20);
} probe_events SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, MC_PROBE_PROCESSES);
	__type(key, struct mc_probe_process_key);
	__type(value, struct mc_probe_faults);
} probe_faults SEC(".maps");

/* Of x86: elsewhere these tracepoints are not. */
struct pt_regs___x86 {
	unsigned long ip;
} KERNEL_TYPE;

static void add_up(struct task_struct *task, __u32 kernel)
{
	struct mc_probe_faults fresh = {}, *faults;

	bpf_get_current_comm(fresh.comm, sizeof(fresh.comm));
	faults = entry_of(&probe_faults, task, &fresh);
	if (!faults)
		return;
	if (kernel)
		__sync_fetch_and_add(&faults->kernel, 1);
	else
		__sync_fetch_and_add(&faults->user, 1);
}

static int print(__u64 address, __u64 ip, __u32 kernel)
{
	char comm[MC_BPF_COMM_LEN] = {};
	int pid = bpf_get_current_pid_tgid() >> 32;

	bpf_get_current_comm(comm, sizeof(comm));
	printable_comm(comm);
	if (kernel)
		bpf_printk("page_fault pid=%d comm=%s type=kernel addr=0x%llx ip=0x%llx", pid, comm, address, ip);
	else
		bpf_printk("page_fault pid=%d comm=%s type=user addr=0x%llx ip=0x%llx", pid, comm, address, ip);
	return 0;
}

static int tell(__u64 address, __u64 ip, __u64 error_code, __u32 kernel)
{
	struct task_struct *task = (void *)bpf_get_current_task();
	__u64 ids = bpf_get_current_pid_tgid();
	struct mc_probe_fault *event;

	if (!wanted() || own())
		return 0;
	count(MC_PROBE_TOLD);
	if (filter.summary) {
		add_up(task, kernel);
		return 0;
	}
	if (filter.trace_pipe)
		return print(address, ip, kernel);
	event = bpf_ringbuf_reserve(&probe_events, sizeof(*event), 0);
	if (!event) {
		count(MC_PROBE_DROPPED);
		return 0;
	}
	event->time_ns = bpf_ktime_get_ns();
	event->address = address;
	event->ip = ip;
	event->cgroup_id = current_cgroup(task);
	event->pid = ids >> 32;
	event->tid = ids;
	event->error_code = error_code;
	event->kernel = kernel;
	bpf_get_current_comm(event->comm, sizeof(event->comm));
	bpf_ringbuf_submit(event, 0);
	return 0;
}

SEC("tp_btf/page_fault_user")
int BPF_PROG(faults_of_user, unsigned long address, struct pt_regs___x86 *regs, unsigned long error_code)
{
	return tell(address, BPF_CORE_READ(regs, ip), error_code, 0);
}

SEC("tp_btf/page_fault_kernel")
int BPF_PROG(faults_of_kernel, unsigned long address, struct pt_regs___x86 *regs, unsigned long error_code)
{
	return tell(address, BPF_CORE_READ(regs, ip), error_code, 1);
}

SEC("tp_btf/sched_process_exit")
int BPF_PROG(faults_at_end, struct task_struct *task)
{
	struct task_struct *leader = task->group_leader;
	struct signal_struct *signal = task->signal;
	struct mc_probe_process_key key;
	struct mc_probe_faults *faults;

	/* The last thread: do_exit() has counted it down by now. */
	if (signal->live.counter)
		return 0;
	key_of(&key, task);
	faults = bpf_map_lookup_elem(&probe_faults, &key);
	if (!faults)
		return 0;
	faults->min_flt = signal->min_flt + task->min_flt;
	faults->maj_flt = signal->maj_flt + task->maj_flt;
	/* A leader that ended before stays until all of its threads have: not in the sums yet. */
	if (leader != task) {
		faults->min_flt += leader->min_flt;
		faults->maj_flt += leader->maj_flt;
	}
	/* It may have had another name when its first fault was seen. */
	bpf_probe_read_kernel(faults->comm, sizeof(faults->comm), leader->comm);
	faults->ended = 1;
	return 0;
}
