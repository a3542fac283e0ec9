// SPDX-License-Identifier: GPL-2.0-only
/*
 * The context switch: charge the slice that ends to its process, and load the
 * RMID of the process that comes. Runs with the runqueue lock held and interrupts
 * off: no allocation, no wakeup, raw spinlocks only, and those only where the
 * process or its RMID changes for the first time.
 */
#include <linux/sched/signal.h>

#include "compat/compat.h"
#include "emit.h"
#include "fail_step.h"
#include "hook.h"
#include "rdt.h"
#include "resctrl_watch.h"
#include "rmid_owner.h"

static void slice_begin(struct cpu_state *cpu, const struct task_struct *task)
{
	cpu->slice.exec_ns = task->se.sum_exec_runtime;
	cpu->slice.min_flt = task->min_flt;
	cpu->slice.maj_flt = task->maj_flt;
}

static void slice_end(struct cpu_state *cpu, const struct task_struct *task)
{
	cpu->sum.exec_ns += task->se.sum_exec_runtime - cpu->slice.exec_ns;
	cpu->sum.min_flt += task->min_flt - cpu->slice.min_flt;
	cpu->sum.maj_flt += task->maj_flt - cpu->slice.maj_flt;
}

/* Hand what was summed up on this CPU to the process. */
static void flush_sum(struct cpu_state *cpu, struct process *process)
{
	if (process) {
		if (cpu->sum.exec_ns)
			atomic64_add(cpu->sum.exec_ns, &process->cpu_time_ns);
		if (cpu->sum.min_flt)
			atomic64_add(cpu->sum.min_flt, &process->min_flt);
		if (cpu->sum.maj_flt)
			atomic64_add(cpu->sum.maj_flt, &process->maj_flt);
	}
	cpu->sum = (struct cpu_slice){};
}

void hook_list_process(struct cpu_state *cpu, struct process *process)
{
	u64 listed = (u64)smp_processor_id() << 32 | cpu->tick_number;

	if (process->listed == listed)
		return;
	if (cpu->nr_ran >= CPU_RAN_MAX) {
		cpu->ran_overflow++;
		return;
	}
	process->listed = listed;
	cpu->ran[cpu->nr_ran].index = process->index;
	cpu->ran[cpu->nr_ran].generation = process->generation;
	cpu->nr_ran++;
}

/* May we write PQR_ASSOC now? While resctrl is mounted it is resctrl's. */
static bool pqr_is_ours(void)
{
	return READ_ONCE(collector.mode) == MC_MODE_RDT && !resctrl_mounted();
}

static u32 choose_rmid(struct cpu_state *cpu, struct process *process)
{
	u32 rmid;

	if (!process || !cpu->domain || !pqr_is_ours())
		return 0;
	rmid = rmid_owner_get(cpu, process);
	if (!rmid)
		WRITE_ONCE(process->ran_unassigned, 1);
	return rmid;
}

/*
 * Publish what this CPU runs now, load its RMID, and look after what was left:
 * see rmid_owner.h for why in this order.
 */
static void load(struct cpu_state *cpu, struct process *process, u32 rmid, bool was_idle)
{
	struct process *old_process = cpu->process;
	u32 old_rmid = cpu->rmid;
	struct domain *domain = cpu->domain;

	if (rmid && domain)
		rmid_owner_used(rmid, domain->index);
	WRITE_ONCE(cpu->process, process);
	WRITE_ONCE(cpu->rmid, rmid);
	/* Pairs with take_away() and process_dead(): published before looking. */
	smp_mb();
	if (rmid && unlikely(READ_ONCE(process->rmid) != rmid)) {
		/* Taken away between choosing and publishing. */
		WRITE_ONCE(cpu->rmid, 0);
		/* As above. */
		smp_mb();
		if (rmid_owner_is_releasing(rmid))
			rmid_owner_unloaded(rmid);
		WRITE_ONCE(process->ran_unassigned, 1);
		rmid = 0;
	}
	if (domain && rmid != old_rmid) {
		u64 slot = READ_ONCE(domain->slot_ns);

		if (pqr_is_ours())
			pqr_load(cpu, rmid);
		else
			pqr_restore(cpu);
		/* What RMID 0 counts while idle is next to nothing: the sweep's. */
		if (old_rmid || !was_idle)
			__set_bit(old_rmid, cpu->touched);
		cpu->change_slot_ns = slot;
		WRITE_ONCE(collector.rmids.entries[old_rmid].last_run_ns, slot);
		WRITE_ONCE(collector.rmids.entries[rmid].last_run_ns, slot);
	} else if (domain && !was_idle && !rmid) {
		/* From one without an RMID to idle, or to another without. */
		__set_bit(0, cpu->touched);
	}
	if (old_rmid && old_rmid != rmid && unlikely(rmid_owner_is_releasing(old_rmid)))
		rmid_owner_unloaded(old_rmid);
	if (old_process && old_process != process &&
	    unlikely(READ_ONCE(old_process->state) == PROCESS_DEAD))
		rmid_owner_process_left(old_process);
}

static struct process *process_of(struct task_struct *task, const void *key)
{
	return key ? process_get(&collector.processes, task, key) : NULL;
}

static void switch_process(struct cpu_state *cpu, struct task_struct *prev,
			   struct task_struct *next, const void *key)
{
	struct process *process = process_of(next, key);
	struct process *old = cpu->process;
	bool was_idle = cpu->key_known && !cpu->key;

	flush_sum(cpu, old);
	if (old) {
		process_take_mm(old, prev->mm);
		hook_list_process(cpu, old);
	}
	if (key && !process && !(next->flags & PF_EXITING))
		cpu->table_full = true;
	cpu->key = key;
	cpu->key_known = true;
	load(cpu, process, choose_rmid(cpu, process), was_idle);
	if (key && !cpu->ticking)
		sync_timer_resume(&collector.timer);
}

static void hook_sched_switch(COMPAT_SCHED_SWITCH_ARGS)
{
	struct cpu_state *cpu = this_cpu_ptr(&cpu_states);
	const void *key;

	if (!cpu->active)
		return;
	slice_end(cpu, prev);
	slice_begin(cpu, next);
	key = process_key(next);
	if (key == cpu->key && cpu->key_known)
		return;
	switch_process(cpu, prev, next, key);
}

void hook_account_current(struct cpu_state *cpu)
{
	const void *key = process_key(current);
	u32 rmid;

	if (!cpu->key_known) {
		/* Running since before sampling: its past slice is not ours. */
		slice_begin(cpu, current);
		cpu->sum = (struct cpu_slice){};
		switch_process(cpu, current, current, key);
	}
	slice_end(cpu, current);
	slice_begin(cpu, current);
	flush_sum(cpu, cpu->process);
	if (!cpu->process)
		goto rmid;
	process_take_mm(cpu->process, current->mm);
	hook_list_process(cpu, cpu->process);
	if (thread_group_leader(current) && cpu->process->index != PROCESS_KERNEL_THREADS)
		memcpy(cpu->process->comm, current->comm, MC_COMM_LEN - 1);
rmid:
	if (!cpu->domain || collector.mode == MC_MODE_SOFTWARE)
		return;
	rmid = cpu->rmid;
	if (!pqr_is_ours()) {
		if (rmid)
			load(cpu, cpu->process, 0, false);
		return;
	}
	pqr_verify(cpu);
	if (cpu->process && !READ_ONCE(cpu->process->rmid))
		rmid = choose_rmid(cpu, cpu->process);
	if (rmid != cpu->rmid)
		load(cpu, cpu->process, rmid, false);
	else
		pqr_load(cpu, rmid);
	/* It runs on: read it in this slot like what was switched away from. */
	if (cpu->key) {
		__set_bit(cpu->rmid, cpu->touched);
		WRITE_ONCE(collector.rmids.entries[cpu->rmid].last_run_ns, cpu->domain->slot_ns);
	}
}

void hook_leave_cpu(struct cpu_state *cpu)
{
	if (cpu->key_known) {
		slice_end(cpu, current);
		flush_sum(cpu, cpu->process);
	}
	if (cpu->process)
		load(cpu, NULL, 0, false);
	if (cpu->domain)
		pqr_restore(cpu);
	cpu->key_known = false;
}

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
		memcpy(process->comm, task->comm, MC_COMM_LEN - 1);
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
			process->cgroup_id = id;
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
