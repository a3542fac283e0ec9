// SPDX-License-Identifier: GPL-2.0-only
/*
 * The scheduler's tracepoints: what happens at an exit, an exec and a cgroup move.
 * For the context switch see context_switch.c.
 */
#include <linux/sched/signal.h>

#include "compat/compat.h"
#include "context_switch.h"
#include "emit.h"
#include "fail_step.h"
#include "hook.h"
#include "rmid_owner.h"

/* The group's last thread is past exit_mm(): what follows is charged, not assigned. */
static void hook_process_exit(COMPAT_SCHED_PROCESS_EXIT_ARGS)
{
	struct cpu_state *cpu;
	struct process *process;
	unsigned long flags;

	if (atomic_read(&task->signal->live))
		return;
	local_irq_save(flags);
	cpu = this_cpu_ptr(&cpu_states);
	process = process_find(&collector.processes, process_key(task));
	if (process && process->index != PROCESS_KERNEL_THREADS)
		rmid_owner_process_dead(cpu, process);
	local_irq_restore(flags);
}

static void hook_process_exec(void *data, struct task_struct *task, pid_t old_pid,
			      struct linux_binprm *bprm)
{
	struct process *process;
	unsigned long flags;

	local_irq_save(flags);
	process = process_find(&collector.processes, process_key(task));
	if (process && process->index != PROCESS_KERNEL_THREADS) {
		process_copy_comm(process->comm, task->comm);
		emit_process_info(this_cpu_ptr(&cpu_states), process, MC_INFO_EXEC);
	}
	local_irq_restore(flags);
}

static void hook_cgroup_attach(void *data, struct cgroup *to, const char *path,
			       struct task_struct *task, bool threadgroup)
{
	struct process *process;
	unsigned long flags;
	u64 id;

	local_irq_save(flags);
	process = process_find(&collector.processes, process_key(task));
	if (process && process->index != PROCESS_KERNEL_THREADS) {
		id = process_cgroup_id(task);
		if (id != process->cgroup_id) {
			WRITE_ONCE(process->cgroup_id, id);
			emit_process_info(this_cpu_ptr(&cpu_states), process, MC_INFO_CGROUP);
		}
	}
	local_irq_restore(flags);
}

/*
 * The scheduler's tracepoints are not exported, but can be found by name. In the
 * order in which they are attached: an entry is made by the switch, so what ends
 * entries must be there before.
 */
static struct hook {
	const char *name;
	void *probe;
	bool optional;
	struct tracepoint *tracepoint;
	bool registered;
} hooks[] = {
	{ .name = "sched_process_exit", .probe = hook_process_exit },
	{ .name = "sched_process_exec", .probe = hook_process_exec },
	{ .name = "cgroup_attach_task", .probe = hook_cgroup_attach, .optional = true },
	{ .name = "sched_switch", .probe = hook_sched_switch },
};

static void match_tracepoint(struct tracepoint *tracepoint, void *unused)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(hooks); i++) {
		if (!strcmp(tracepoint->name, hooks[i].name))
			hooks[i].tracepoint = tracepoint;
	}
}

int hooks_register(void)
{
	unsigned int i;
	int ret;

	for_each_kernel_tracepoint(match_tracepoint, NULL);
	for (i = 0; i < ARRAY_SIZE(hooks); i++) {
		ret = fail_step(hooks[i].name);
		if (!ret)
			ret = hooks[i].tracepoint ?
				      tracepoint_probe_register(hooks[i].tracepoint,
								hooks[i].probe, NULL) :
				      -ENOENT;
		hooks[i].registered = !ret;
		if (ret && !hooks[i].optional) {
			pr_err("Memory Collector: tracepoint %s: error %d\n", hooks[i].name, ret);
			hooks_unregister();
			return ret;
		}
	}
	return 0;
}

void hooks_unregister(void)
{
	unsigned int i = ARRAY_SIZE(hooks);

	while (i--) {
		if (hooks[i].registered)
			tracepoint_probe_unregister(hooks[i].tracepoint, hooks[i].probe, NULL);
		hooks[i].registered = false;
	}
	tracepoint_synchronize_unregister();
}
