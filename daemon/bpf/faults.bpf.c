// SPDX-License-Identifier: GPL-2.0-only
/*
 * Page faults: how many and how long by process, and some of them one by one. By the
 * beginning and end of the kernel's handler where programs may be attached to
 * functions; else by the exceptions alone, which have no end.
 */
#include "kernel_types.h"
#include "process_key.h"
#include "peak.h"

char program_license[] SEC("license") = "GPL";

/* include/linux/mm_types.h */
#define FAULT_FLAG_USER 0x40
#define VM_FAULT_RETRY 0x400
#define VM_FAULT_ERROR (0x1 | 0x2 | 0x10 | 0x20 | 0x40 | 0x800)

struct pt_regs___ip {
	unsigned long ip;
} KERNEL_TYPE;

struct pt_regs___pc {
	unsigned long pc;
} KERNEL_TYPE;

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, MOST_PROCESSES);
	__type(key, struct mc_bpf_process);
	__type(value, struct mc_bpf_faults);
} faults_of_processes SEC(".maps");

/* Of a thread that is in the handler. */
struct handling {
	__u64 begin;
	/* In the handler before, for the same address: it has to be called again. */
	__u64 before;
	__u64 address;
};

struct {
	__uint(type, BPF_MAP_TYPE_TASK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct handling);
} fault_handling SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 1 << 20);
} fault_events SEC(".maps");

/*
 * Which faults are told one by one: the first 256 of an interval on each CPU, then
 * 128 of each doubling: two thousand, where there are a million.
 */
#define ALL_OF_THE_FIRST 256

struct of_cpu {
	__u64 interval;
	__u64 seen; /* in it */
	__u64 next; /* when every second that is told now is left out */
	__u64 step;
	__u64 since; /* the last that was told, this one included */
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct of_cpu);
} fault_cpus SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, MC_BPF_FAULT_COUNTS);
	__type(key, __u32);
	__type(value, __u64);
} fault_counts SEC(".maps");

static void count(__u32 which)
{
	__u64 *value = bpf_map_lookup_elem(&fault_counts, &which);

	if (value)
		*value += 1;
}

/* How many faults one that is told stands for; 0 for one that is not. */
static __u64 weight(struct of_cpu *cpu)
{
	if (cpu->interval != interval) {
		cpu->interval = interval;
		cpu->seen = 0;
		cpu->next = ALL_OF_THE_FIRST;
		cpu->step = 1;
	}
	cpu->seen++;
	cpu->since++;
	if (cpu->seen == cpu->next) {
		cpu->next *= 2;
		cpu->step *= 2;
	}
	return cpu->seen & (cpu->step - 1) ? 0 : cpu->since;
}

static void tell(const struct mc_bpf_process *process, __u64 address, __u64 ip, __u64 latency,
		 __u32 flags)
{
	__u32 first = 0;
	struct of_cpu *cpu = bpf_map_lookup_elem(&fault_cpus, &first);
	struct mc_bpf_fault *event;
	__u64 faults;

	if (!cpu)
		return;
	faults = weight(cpu);
	if (!faults)
		return;
	count(MC_BPF_FAULT_TOLD);
	event = bpf_ringbuf_reserve(&fault_events, sizeof(*event), 0);
	if (!event) {
		/* The next that is told stands for it, too. */
		count(MC_BPF_FAULT_DROPPED);
		return;
	}
	cpu->since = 0;
	event->time_ns = bpf_ktime_get_ns();
	event->start_time_ns = process->start_time_ns;
	event->address = address;
	event->ip = ip;
	event->latency_ns = latency;
	event->weight = faults;
	event->tgid = process->tgid;
	event->flags = flags;
	bpf_get_current_comm(event->comm, sizeof(event->comm));
	bpf_ringbuf_submit(event, BPF_RB_NO_WAKEUP);
}

static __always_inline __u32 current_flags(void)
{
	if (tells_current_task())
		return bpf_get_current_task_btf()->flags;
	return BPF_CORE_READ((struct task_struct *)bpf_get_current_task(), flags);
}

static int handled(__u64 address, __u64 ip, __u64 latency, __u32 flags)
{
	struct mc_bpf_process key = current_user_process();
	struct mc_bpf_faults *faults;

	if (current_flags() & PF_KTHREAD)
		return 0;
	faults = bpf_map_lookup_elem(&faults_of_processes, &key);
	if (!faults) {
		struct mc_bpf_faults none = {};

		bpf_map_update_elem(&faults_of_processes, &key, &none, BPF_NOEXIST);
		faults = bpf_map_lookup_elem(&faults_of_processes, &key);
		if (!faults) {
			count(MC_BPF_FAULT_TABLE_FULL);
			return 0;
		}
	}
	/* Threads of a process on several CPUs. */
	__sync_fetch_and_add(flags & MC_BPF_FAULT_USER ? &faults->by_user : &faults->by_kernel, 1);
	if (flags & MC_BPF_FAULT_TIMED) {
		__sync_fetch_and_add(&faults->ns, latency);
		raise_peak(&faults->slowest, 0, latency);
	}
	tell(&key, address, ip, latency, flags);
	return 0;
}

static __u64 instruction(const void *regs)
{
	const struct pt_regs___ip *with_ip = regs;
	const struct pt_regs___pc *with_pc = regs;

	if (!regs)
		return 0;
	if (bpf_core_field_exists(with_ip->ip))
		return BPF_CORE_READ(with_ip, ip);
	if (bpf_core_field_exists(with_pc->pc))
		return BPF_CORE_READ(with_pc, pc);
	return 0;
}

SEC("fentry/handle_mm_fault")
int BPF_PROG(fault_begins, void *vma, unsigned long address)
{
	struct handling *now = bpf_task_storage_get(&fault_handling, bpf_get_current_task_btf(), 0,
						    BPF_LOCAL_STORAGE_GET_F_CREATE);

	if (now) {
		if (now->address != address)
			now->before = 0;
		now->address = address;
		now->begin = bpf_ktime_get_ns();
	}
	return 0;
}

SEC("fexit/handle_mm_fault")
int BPF_PROG(fault_ends, void *vma, unsigned long address, unsigned int flags,
	     struct pt_regs *regs, unsigned int result)
{
	__u64 end = bpf_ktime_get_ns();
	struct handling *now =
		bpf_task_storage_get(&fault_handling, bpf_get_current_task_btf(), 0, 0);
	__u32 how = flags & FAULT_FLAG_USER ? MC_BPF_FAULT_USER : 0;
	__u64 latency = 0;

	if (now && now->begin && now->address == address) {
		how |= MC_BPF_FAULT_TIMED;
		latency = end - now->begin + now->before;
		now->before = 0;
		now->begin = 0;
	}
	/* As the kernel counts them: a fault that is tried again is one, a failed one none. */
	if (result & VM_FAULT_RETRY) {
		if (now)
			now->before = latency;
		return 0;
	}
	if (result & VM_FAULT_ERROR)
		return 0;
	return handled(address, instruction(regs), latency, how);
}

SEC("tp_btf/page_fault_user")
int BPF_PROG(user_faults, unsigned long address, struct pt_regs *regs)
{
	return handled(address, instruction(regs), 0, MC_BPF_FAULT_USER);
}

SEC("tp_btf/page_fault_kernel")
int BPF_PROG(kernel_faults, unsigned long address, struct pt_regs *regs)
{
	return handled(address, instruction(regs), 0, 0);
}
