// SPDX-License-Identifier: GPL-2.0-only
/* Every process as it begins: thread groups, not threads. */
#include "probe_common.h"

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 1 << 20);
} probe_events SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, MC_PROBE_PROCESSES);
	__type(key, struct mc_probe_process_key);
	__type(value, struct mc_probe_forks);
} probe_forks SEC(".maps");

static void add_up(void)
{
	struct mc_probe_forks fresh = {}, *forks;

	bpf_get_current_comm(fresh.comm, sizeof(fresh.comm));
	forks = entry_of(&probe_forks, (void *)bpf_get_current_task(), &fresh);
	if (!forks)
		return;
	__sync_fetch_and_add(&forks->processes, 1);
	__builtin_memcpy(forks->comm, fresh.comm, sizeof(forks->comm));
}

/* Runs in the parent. */
SEC("tp_btf/sched_process_fork")
int BPF_PROG(process_begins, struct task_struct *parent, struct task_struct *child)
{
	struct mc_probe_fork *event;

	if (child->pid != child->tgid || !wanted())
		return 0;
	count(MC_PROBE_TOLD);
	if (filter.summary) {
		add_up();
		return 0;
	}
	if (filter.trace_pipe) {
		bpf_printk("hello world %d", child->pid);
		return 0;
	}
	event = bpf_ringbuf_reserve(&probe_events, sizeof(*event), 0);
	if (!event) {
		count(MC_PROBE_DROPPED);
		return 0;
	}
	event->time_ns = bpf_ktime_get_ns();
	event->cgroup_id = current_cgroup(child);
	event->pid = child->tgid;
	event->ppid = child->real_parent ? child->real_parent->tgid : 0;
	bpf_probe_read_kernel(event->comm, sizeof(event->comm), child->comm);
	bpf_ringbuf_submit(event, 0);
	return 0;
}
