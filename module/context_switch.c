// SPDX-License-Identifier: GPL-2.0-only
/*
 * The context switch: charge the slice that ends to its process, and load the
 * RMID of the process that comes. Runs with the runqueue lock held and interrupts
 * off: no allocation, no wakeup, raw spinlocks only, and those only where the
 * process or its RMID changes for the first time.
 */
#include <linux/sched/signal.h>

#include "context_switch.h"
#include "emit.h"
#include "ran_list.h"
#include "rdt.h"
#include "rmid_owner.h"
#include "slice.h"
#include "soft_rmid.h"

/* Note for the process_sample events. */
static __always_inline void list_process(struct cpu_state *cpu, struct process *process)
{
	/* data_race: another CPU lists it, too; at worst it is listed here twice. */
	if (data_race(process->listed != cpu->list_number))
		ran_list_add(cpu, process);
}

/* `prev` of this process leaves the CPU to `next`, or goes on after a tick. */
static __always_inline void account(struct cpu_state *cpu, struct process *process,
				    const struct task_struct *prev, const struct task_struct *next)
{
	slice_hand_over(cpu, process, prev, next);
	process_take_mm(process, prev->mm);
	list_process(cpu, process);
}

static u32 choose_rmid(struct cpu_state *cpu, struct process *process)
{
	u32 rmid;

	if (!process || !cpu->domain || !rdt_is_ours())
		return 0;
	rmid = rmid_owner_get(cpu, process);
	if (rmid)
		return rmid;
	if (soft_rmid_available(cpu))
		return cpu->soft_rmid;
	WRITE_ONCE(process->ran_unassigned, 1);
	return 0;
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
	bool was_soft = soft_rmid_is(cpu, old_rmid);

	if (rmid && !soft_rmid_is(cpu, rmid) && unlikely(READ_ONCE(process->rmid) != rmid)) {
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

		if (rdt_is_ours())
			pqr_load(cpu, rmid);
		else
			pqr_restore(cpu);
		/* What RMID 0 counts while idle is next to nothing: the sweep's. */
		if (!was_soft && (old_rmid || !was_idle))
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

	if (rmid && cpu->domain && !soft_rmid_is(cpu, rmid))
		rmid_owner_used(rmid, cpu->domain->index);
	publish(cpu, process, rmid);
	look_after(cpu, process, rmid, old_process, old_rmid, was_idle);
}

/* What the process moved on the soft RMID until now; and its turn there ends. */
static __always_inline void take_soft(struct cpu_state *cpu)
{
	if (unlikely(soft_rmid_loaded(cpu)) && rdt_is_ours())
		soft_rmid_take(cpu, cpu->process);
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
	/* Two often take turns. */
	process = cpu->before;
	/* Pairs with fill() of the process table: only while it is live is the key its own. */
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
	/*
	 * data_race: one load each, in any order. Whoever takes an RMID away, or finds
	 * a process dead, looks here after.
	 */
	if (unlikely(data_race(process->rmid != rmid || old->rmid != old_rmid ||
			       old->state != PROCESS_LIVE))) {
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

/* Its first turn in this slot, or one on the soft RMID: apart, for it calls what takes registers. */
static noinline notrace void switch_and_list(struct cpu_state *cpu, struct task_struct *prev,
					     struct task_struct *next, const void *key)
{
	struct process *old = cpu->process;

	account(cpu, old, prev, next);
	take_soft(cpu);
	if (!switch_owners(cpu, old, key))
		switch_process(cpu, next, key);
}

static noinline notrace void switch_from_owner(struct cpu_state *cpu, struct task_struct *prev,
					       struct task_struct *next, const void *key)
{
	struct process *old = cpu->process;

	if (unlikely(data_race(old->listed != cpu->list_number) ||
		     READ_ONCE(old->rmid) != cpu->rmid)) {
		switch_and_list(cpu, prev, next, key);
		return;
	}
	slice_hand_over(cpu, old, prev, next);
	process_take_mm(old, prev->mm);
	if (!switch_owners(cpu, old, key))
		switch_process(cpu, next, key);
}

notrace void hook_sched_switch(COMPAT_SCHED_SWITCH_ARGS)
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

void context_switch_account(struct cpu_state *cpu)
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
		process_copy_comm(cpu->process->comm, current->comm);
rmid:
	if (!cpu->domain || collector.mode == MC_MODE_SOFTWARE)
		return;
	rmid = cpu->rmid;
	if (!rdt_is_ours()) {
		if (rmid)
			load(cpu, cpu->process, 0, false);
		return;
	}
	take_soft(cpu);
	cpu->soft_left = collector.soft_switches;
	pqr_verify(cpu);
	if (cpu->process && !READ_ONCE(cpu->process->rmid))
		rmid = choose_rmid(cpu, cpu->process);
	if (rmid != cpu->rmid)
		load(cpu, cpu->process, rmid, false);
	else
		pqr_load(cpu, rmid);
	/* It runs on: read it in this slot like what was switched away from. */
	if (cpu->key && !soft_rmid_loaded(cpu)) {
		__set_bit(cpu->rmid, cpu->touched);
		WRITE_ONCE(collector.rmids.entries[cpu->rmid].last_run_ns,
			   READ_ONCE(cpu->domain->slot_ns));
	}
}

void context_switch_leave(struct cpu_state *cpu)
{
	if (cpu->process) {
		slice_hand_over(cpu, cpu->process, current, current);
		take_soft(cpu);
		load(cpu, NULL, 0, false);
	}
	if (cpu->domain)
		pqr_restore(cpu);
	cpu->key_known = false;
	cpu->key = NULL;
}
