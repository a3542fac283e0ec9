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
#include "hook.h"
#include "rdt.h"
#include "resctrl_watch.h"
#include "rmid_owner.h"
#include "slice.h"

void hook_list_process(struct cpu_state *cpu, struct process *process)
{
	if (process->listed == cpu->tick_number)
		return;
	if (cpu->nr_ran >= CPU_RAN_MAX) {
		cpu->ran_overflow++;
		return;
	}
	process->listed = cpu->tick_number;
	cpu->ran[cpu->nr_ran].index = process->index;
	cpu->ran[cpu->nr_ran].generation = process->generation;
	cpu->nr_ran++;
}

/* `prev` of this process leaves the CPU to `next`, or goes on after a tick. */
static __always_inline void account(struct cpu_state *cpu, struct process *process,
				    const struct task_struct *prev, const struct task_struct *next)
{
	slice_hand_over(cpu, process, prev, next);
	process_take_mm(process, prev->mm);
	hook_list_process(cpu, process);
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
static void publish(struct cpu_state *cpu, struct process *process, u32 rmid)
{
	WRITE_ONCE(cpu->process, process);
	WRITE_ONCE(cpu->rmid, rmid);
	/* Pairs with take_away() and process_dead(): published before looking. */
	smp_mb();
}

/* After publish(). */
static void look_after(struct cpu_state *cpu, struct process *process, u32 rmid,
		       struct process *old_process, u32 old_rmid, bool was_idle)
{
	struct domain *domain = cpu->domain;

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

static void load(struct cpu_state *cpu, struct process *process, u32 rmid, bool was_idle)
{
	struct process *old_process = cpu->process;
	u32 old_rmid = cpu->rmid;

	if (rmid && cpu->domain)
		rmid_owner_used(rmid, cpu->domain->index);
	publish(cpu, process, rmid);
	look_after(cpu, process, rmid, old_process, old_rmid, was_idle);
}

static struct process *process_of(struct task_struct *task, const void *key)
{
	return key ? process_get(&collector.processes, task, key) : NULL;
}

static void switch_process(struct cpu_state *cpu, struct task_struct *next, const void *key)
{
	struct process *process = process_of(next, key);
	bool was_idle = cpu->key_known && !cpu->key;

	if (key && !process && !(next->flags & PF_EXITING))
		cpu->table_full = true;
	cpu->key = key;
	cpu->key_known = true;
	load(cpu, process, choose_rmid(cpu, process), was_idle);
	if (key && !cpu->ticking)
		sync_timer_resume(&collector.timer);
}

/*
 * The usual switch: from a process that owns the RMID loaded here to another that
 * owns one and ran in this domain before. All that switch_process() would do for
 * these two, in a straight line; false: it is another kind, and nothing was done.
 * The timer is not resumed: it pauses while the CPU is idle, and idle owns no RMID.
 */
static __always_inline bool switch_owners(struct cpu_state *cpu, struct process *old,
					  const void *key)
{
	struct rmid_entry *entry, *old_entry;
	u32 old_rmid = cpu->rmid, rmid;
	struct process *process;
	u64 slot;

	/* An RMID is loaded, so RDT is ours, or was until resctrl came. */
	if (!key || resctrl_mounted())
		return false;
	/* Two often take turns. The state first: only while it is live is the key its own. */
	process = cpu->before;
	if (smp_load_acquire(&process->state) != PROCESS_LIVE || process->key != key) {
		process = process_find(&collector.processes, key);
		if (!process)
			return false;
	}
	rmid = READ_ONCE(process->rmid);
	if (!rmid)
		return false;
	entry = &collector.rmids.entries[rmid];
	if (!(READ_ONCE(entry->used_domains) & cpu->domain_bit))
		return false;

	cpu->before = old;
	cpu->key = key;
	publish(cpu, process, rmid);
	/* One load each: whoever takes an RMID away, or finds a process dead, looks here after. */
	if (unlikely(data_race(process->rmid) != rmid || data_race(old->rmid) != old_rmid ||
		     data_race(old->state) != PROCESS_LIVE)) {
		look_after(cpu, process, rmid, old, old_rmid, false);
		return true;
	}
	pqr_set_rmid(rmid);
	cpu->pqr_rmid = rmid;
	__set_bit(old_rmid, cpu->touched);
	slot = READ_ONCE(cpu->domain->slot_ns);
	cpu->change_slot_ns = slot;
	WRITE_ONCE(entry->last_run_ns, slot);
	old_entry = &collector.rmids.entries[old_rmid];
	WRITE_ONCE(old_entry->last_run_ns, slot);
	return true;
}

/* From or to idle, or the first switch. */
static noinline void switch_other(struct cpu_state *cpu, struct task_struct *prev,
				  struct task_struct *next, const void *key)
{
	struct process *old = cpu->process;

	if (!cpu->active)
		return;
	if (old)
		account(cpu, old, prev, next);
	else
		slice_begin(cpu, next);
	switch_process(cpu, next, key);
}

static noinline notrace void switch_from_owner(struct cpu_state *cpu, struct task_struct *prev,
					       struct task_struct *next, const void *key)
{
	struct process *old = cpu->process;

	account(cpu, old, prev, next);
	if (!switch_owners(cpu, old, key))
		switch_process(cpu, next, key);
}

static notrace void hook_sched_switch(COMPAT_SCHED_SWITCH_ARGS)
{
	struct cpu_state *cpu = this_cpu_ptr(&cpu_states);
	const void *key = process_key(next);

	/*
	 * Not known, or not active, is NULL as idle is: what is passed then is
	 * forgotten when the first process comes.
	 */
	if (key == cpu->key)
		slice_pass(cpu, prev, next);
	else if (cpu->rmid)
		switch_from_owner(cpu, prev, next, key);
	else
		switch_other(cpu, prev, next, key);
}

void hook_account_current(struct cpu_state *cpu)
{
	const void *key = process_key(current);
	u32 rmid;

	/* Running since before sampling: its past slice is not ours. */
	if (!cpu->key_known) {
		slice_begin(cpu, current);
		switch_process(cpu, current, key);
	}
	if (!cpu->process)
		goto rmid;
	account(cpu, cpu->process, current, current);
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
	if (cpu->process) {
		slice_hand_over(cpu, cpu->process, current, current);
		load(cpu, NULL, 0, false);
	}
	if (cpu->domain)
		pqr_restore(cpu);
	cpu->key_known = false;
	cpu->key = NULL;
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
		ret = hooks[i].tracepoint ?
			      tracepoint_probe_register(hooks[i].tracepoint, hooks[i].probe, NULL) :
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
