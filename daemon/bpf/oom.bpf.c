// SPDX-License-Identifier: GPL-2.0-only
/*
 * Whom the kernel kills for want of memory, with what the process held then and
 * on whose account. The kernel holds oom_lock meanwhile: one at a time.
 */
#include "kernel_types.h"
#include "event_buffer.h"
#include "rss.h"

char program_license[] SEC("license") = "GPL";

/* The signal's sender: the kernel itself. */
#define SEND_SIG_PRIV 1
#define SIGKILL 9

static struct mc_bpf_oom event;

/* Up to 6.8 the tracepoint tells the pid only; the signal just before, by the same thread, whose. */
static __u64 signaller;
static int signalled_pid;

static void describe(struct task_struct *task)
{
	struct mm_struct *mm = BPF_CORE_READ(task, mm);

	event.victim.what = MC_BPF_OOM_KILL;
	event.victim.start_time_ns = BPF_CORE_READ(task, group_leader, start_time);
	event.victim.tgid = BPF_CORE_READ(task, tgid);
	event.victim.ppid = BPF_CORE_READ(task, real_parent, tgid);
	event.victim.cgroup_id = BPF_CORE_READ(task, cgroups, dfl_cgrp, kn, id);
	BPF_CORE_READ_STR_INTO(&event.victim.comm, task, group_leader, comm);
	event.oom_score_adj = BPF_CORE_READ(task, signal, oom_score_adj);
	event.memory_known = mm != 0;
	if (mm)
		read_rss(mm, event.pages);
}

static int tell(void *ctx)
{
	long length;
	__u32 i;

	event.victim.time_ns = bpf_ktime_get_ns();
	event.trigger_tgid = bpf_get_current_pid_tgid() >> 32;
	bpf_get_current_comm(event.trigger_comm, sizeof(event.trigger_comm));
	length = bpf_get_stack(ctx, event.frames, sizeof(event.frames), 0);
	for (i = 0; i < MC_BPF_OOM_FRAMES; i++)
		if (length < 0 || i >= length / sizeof(event.frames[0]))
			event.frames[i] = 0;
	return tell_event(ctx, &event, sizeof(event));
}

SEC("tp_btf/mark_victim")
int victim_by_task(__u64 *ctx)
{
	describe((struct task_struct *)ctx[0]);
	return tell(ctx);
}

SEC("tp_btf/signal_generate")
int victim_signalled(__u64 *ctx)
{
	struct task_struct *task = (struct task_struct *)ctx[2];

	if ((int)ctx[0] != SIGKILL || ctx[1] != SEND_SIG_PRIV)
		return 0;
	/* Others than the OOM killer send it, too; who marks a victim comes after its own signal. */
	signaller = bpf_get_current_pid_tgid();
	signalled_pid = task->pid;
	describe(task);
	return 0;
}

SEC("tp_btf/mark_victim")
int victim_by_pid(__u64 *ctx)
{
	__u64 current = bpf_get_current_pid_tgid();
	__u64 argument = 0;
	int pid;

	/* Not by the name: newer kernels' verifiers know a task there, and it does not become a number. */
	bpf_probe_read_kernel(&argument, sizeof(argument), ctx);
	pid = (int)argument;

	/* One that is dying already gets no signal; it may be the one that asks for memory. */
	if (pid == (int)current) {
		describe((struct task_struct *)bpf_get_current_task());
	} else if (signaller != current || signalled_pid != pid) {
		event.victim.what = MC_BPF_OOM_KILL;
		event.victim.start_time_ns = 0;
		event.victim.tgid = pid;
		event.victim.comm[0] = '\0';
		event.memory_known = 0;
	}
	signaller = 0;
	return tell(ctx);
}
