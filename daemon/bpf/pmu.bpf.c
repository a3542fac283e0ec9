// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a counter of each CPU counted while a process ran: read whenever another task
 * takes its place, and once an interval of those that run on.
 */
#include "kernel_types.h"
#include "process_key.h"

char program_license[] SEC("license") = "GPL";

struct {
	__uint(type, BPF_MAP_TYPE_PERF_EVENT_ARRAY);
	__uint(key_size, sizeof(__u32));
	__uint(value_size, sizeof(__u32));
} pmu_counters SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, MOST_PROCESSES);
	__type(key, struct mc_bpf_process);
	__type(value, __u64);
} pmu_of_processes SEC(".maps");

struct of_cpu {
	struct bpf_perf_event_value last;
	__u64 known;
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct of_cpu);
} pmu_cpus SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, MC_BPF_PMU_COUNTS);
	__type(key, __u32);
	__type(value, __u64);
} pmu_counts SEC(".maps");

static void count(__u32 which, __u64 events)
{
	__u64 *value = bpf_map_lookup_elem(&pmu_counts, &which);

	if (value)
		*value += events;
}

/* Counted on this CPU since it was asked last; more if others have the counter at times. */
static __always_inline __u64 counted(void)
{
	struct bpf_perf_event_value now = {};
	__u64 events, enabled, running;
	struct of_cpu *cpu;
	__u32 first = 0;

	cpu = bpf_map_lookup_elem(&pmu_cpus, &first);
	if (!cpu)
		return 0;
	if (bpf_perf_event_read_value(&pmu_counters, BPF_F_CURRENT_CPU, &now, sizeof(now))) {
		count(MC_BPF_PMU_NOT_READ, 1);
		return 0;
	}
	if (!cpu->known) {
		cpu->known = 1;
		cpu->last = now;
		return 0;
	}
	events = now.counter - cpu->last.counter;
	enabled = now.enabled - cpu->last.enabled;
	running = now.running - cpu->last.running;
	cpu->last = now;
	return running && running < enabled ? events * enabled / running : events;
}

static __always_inline int charge(struct task_struct *task)
{
	struct mc_bpf_process key;
	__u64 events = counted();
	__u64 *sum;

	if (!events)
		return 0;
	count(MC_BPF_PMU_EVENTS, events);
	/* The idle task is one of them. */
	if (task->flags & PF_KTHREAD) {
		count(MC_BPF_PMU_KERNEL, events);
		return 0;
	}
	key = process_of_known(task);
	sum = bpf_map_lookup_elem(&pmu_of_processes, &key);
	if (!sum) {
		if (bpf_map_update_elem(&pmu_of_processes, &key, &events, BPF_NOEXIST) == 0)
			return 0;
		sum = bpf_map_lookup_elem(&pmu_of_processes, &key);
		if (!sum) {
			count(MC_BPF_PMU_TABLE_FULL, events);
			return 0;
		}
	}
	/* Threads of a process on several CPUs. */
	__sync_fetch_and_add(sum, events);
	return 0;
}

SEC("tp_btf/sched_switch")
int BPF_PROG(pmu_switches, int preempt, struct task_struct *prev)
{
	return charge(prev);
}

/* Run on a CPU by the reader, not attached. */
SEC("raw_tp")
int pmu_runs_on(void *ctx)
{
	return charge(bpf_get_current_task_btf());
}
