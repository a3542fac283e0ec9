// SPDX-License-Identifier: GPL-2.0-only
/* Processes and their RMIDs; see rmid_owner.h for the protocol with the hook. */
#include "emit.h"
#include "rmid_balance.h"
#include "rmid_owner.h"
#include "soft_rmid.h"

/* Ahead of demand, this many are kept free while processes go without. */
#define RECLAIM_TARGET 8u
#define RECLAIM_PER_TICK 4u
/* Taken only from processes that did not run for this many slots. */
#define RECLAIM_IDLE_SLOTS 2

/* Limbo RMIDs looked through, and read, in one tick; and how often one is read. */
#define LIMBO_SCAN 16u
#define LIMBO_READS 2u
#define LIMBO_LOOK_NS (5 * NSEC_PER_MSEC)

void rmid_owner_init(void)
{
	struct process *kernel_threads = &collector.processes.entries[PROCESS_KERNEL_THREADS];

	WRITE_ONCE(kernel_threads->rmid,
		   rmid_allocator_reserve(&collector.rmids, PROCESS_KERNEL_THREADS));
	kernel_threads->had_rmid = true;
	/* Always in the same order, so that a CPU's soft RMID stays the same. */
	soft_rmid_init();
}

static void describe(struct mc_rmid_event *event, const struct process *process, u32 rmid,
		     u32 reason)
{
	event->start_time_ns = process->start_time_ns;
	event->pid = process->pid;
	event->rmid = rmid;
	event->reason = reason;
	event->flags = process->index == PROCESS_KERNEL_THREADS ? MC_FLAG_KERNEL_THREADS : 0;
	process_copy_comm(event->comm, process->comm);
}

static u32 assign(struct cpu_state *cpu, struct process *process)
{
	struct mc_rmid_event event;
	u32 rmid = 0;
	u64 warm = 0;

	raw_spin_lock(&collector.rmid_lock);
	if (!process->rmid && READ_ONCE(process->state) == PROCESS_LIVE)
		rmid = rmid_allocator_alloc(&collector.rmids, process->index, &warm);
	if (!rmid) {
		rmid = process->rmid;
		raw_spin_unlock(&collector.rmid_lock);
		return rmid;
	}
	describe(&event, process, rmid,
		 process->promoted ? MC_RMID_PROMOTED :
		 process->had_rmid ? MC_RMID_REASSIGNED : MC_RMID_FIRST_RUN);
	WRITE_ONCE(process->promoted, false);
	WRITE_ONCE(collector.rmids.entries[rmid].since_ns, READ_ONCE(cpu->domain->slot_ns));
	if (warm)
		event.flags |= MC_FLAG_WARM;
	process->had_rmid = true;
	WRITE_ONCE(process->rmid, rmid);
	raw_spin_unlock(&collector.rmid_lock);
	mc_emit(cpu, rmid_alloc, &event);
	return rmid;
}

u32 rmid_owner_assign(struct cpu_state *cpu, struct process *process)
{
	u32 rmid = 0;

	if (rmid_allocator_available(&collector.rmids) >
	    (READ_ONCE(process->promoted) ? 0 : rmid_balance_reserve()))
		rmid = assign(cpu, process);
	if (!rmid)
		WRITE_ONCE(collector.rmid_demand, true);
	return rmid;
}

static bool rmid_is_loaded(u32 rmid)
{
	int cpu;

	for_each_possible_cpu(cpu) {
		if (READ_ONCE(per_cpu(cpu_states, cpu).rmid) == rmid)
			return true;
	}
	return false;
}

static bool process_is_loaded(const struct process *process)
{
	int cpu;

	for_each_possible_cpu(cpu) {
		if (READ_ONCE(per_cpu(cpu_states, cpu).process) == process)
			return true;
	}
	return false;
}

/* RMID lock held. Its last event may go out once nothing of it is left to be read. */
static void finish_if_done(struct process *process)
{
	if (READ_ONCE(process->state) != PROCESS_FINISHING || process->drains ||
	    atomic_read(&process->soft_pending))
		return;
	WRITE_ONCE(process->state, PROCESS_FINISHED);
	process_push_finished(&collector.processes, process);
}

void rmid_owner_abandon(struct process *process)
{
	WRITE_ONCE(process->rmid, 0);
	process->drains = 0;
	WRITE_ONCE(process->promoted, false);
	finish_if_done(process);
}

void rmid_owner_soft_charged(struct process *process)
{
	unsigned long flags;

	/* A full barrier, like the one after the state was set to finishing. */
	if (!atomic_dec_and_test(&process->soft_pending) ||
	    READ_ONCE(process->state) != PROCESS_FINISHING)
		return;
	raw_spin_lock_irqsave(&collector.rmid_lock, flags);
	finish_if_done(process);
	raw_spin_unlock_irqrestore(&collector.rmid_lock, flags);
}

/* All domains have read it: to limbo, and its owner is one drain further. */
static bool conclude_drain(u32 rmid, struct domain *domain, bool low, u64 now_ns,
			   struct mc_rmid_event *event)
{
	struct process *process;
	u32 owner;

	if (!rmid_allocator_drained(&collector.rmids, rmid, domain ? domain->index : 0, low,
				    now_ns, &owner))
		return false;
	process = &collector.processes.entries[owner];
	describe(event, process, rmid, collector.rmids.entries[rmid].reason);
	process->drains--;
	finish_if_done(process);
	return true;
}

/* RMID lock held, released by its owner. True: it was used nowhere, see *event. */
static bool drain_if_unloaded(u32 rmid, struct mc_rmid_event *event)
{
	u64 domains;
	u32 index;

	if (!rmid_owner_is_releasing(rmid) || rmid_is_loaded(rmid))
		return false;
	domains = rmid_allocator_begin_drain(&collector.rmids, rmid);
	for (index = 0; index < collector.nr_domains; index++) {
		if (domains & BIT_ULL(index))
			set_bit(rmid, collector.domains[index]->drain);
	}
	return !domains && conclude_drain(rmid, NULL, false, ktime_get_ns(), event);
}

/* RMID lock held. */
static bool take_away(struct process *process, u32 reason, struct mc_rmid_event *event)
{
	u32 rmid = process->rmid;

	if (rmid_allocator_release(&collector.rmids, rmid, reason))
		return false;
	process->drains++;
	WRITE_ONCE(process->rmid, 0);
	/* Pairs with the barrier in the hook: marked before the CPUs are looked at. */
	smp_mb();
	return drain_if_unloaded(rmid, event);
}

void rmid_owner_unloaded(u32 rmid)
{
	struct mc_rmid_event event;
	bool freed;

	raw_spin_lock(&collector.rmid_lock);
	freed = drain_if_unloaded(rmid, &event);
	raw_spin_unlock(&collector.rmid_lock);
	if (freed)
		mc_emit(this_cpu_ptr(&cpu_states), rmid_free, &event);
}

void rmid_owner_process_dead(struct cpu_state *cpu, struct process *process)
{
	if (cmpxchg(&process->state, PROCESS_LIVE, PROCESS_DEAD) != PROCESS_LIVE)
		return;
	/* cmpxchg is a full barrier: dead before the CPUs are looked at. */
	rmid_owner_process_left(process);
}

void rmid_owner_process_left(struct process *process)
{
	struct mc_rmid_event event;
	bool freed = false;

	raw_spin_lock(&collector.rmid_lock);
	if (process->state == PROCESS_DEAD && !process_is_loaded(process)) {
		WRITE_ONCE(process->state, PROCESS_FINISHING);
		/* Finishing before looking at soft_pending: see rmid_owner_soft_charged(). */
		smp_mb();
		if (process->rmid)
			freed = take_away(process, MC_RMID_PROCESS_EXIT, &event);
		finish_if_done(process);
	}
	raw_spin_unlock(&collector.rmid_lock);
	if (freed)
		mc_emit(this_cpu_ptr(&cpu_states), rmid_free, &event);
}

void rmid_owner_drained(struct cpu_state *cpu, u32 rmid, struct domain *domain, bool low,
			u64 now_ns)
{
	struct mc_rmid_event event;
	bool freed;

	raw_spin_lock(&collector.rmid_lock);
	freed = conclude_drain(rmid, domain, low, now_ns, &event);
	raw_spin_unlock(&collector.rmid_lock);
	if (freed)
		mc_emit(cpu, rmid_free, &event);
}

void rmid_owner_reclaim(u64 slot_ns)
{
	u64 before = slot_ns - RECLAIM_IDLE_SLOTS * collector.interval_ns;
	struct rmid_allocator *rmids = &collector.rmids;
	struct mc_rmid_event event;
	u32 coming, target, taken, rmid;

	if (!READ_ONCE(collector.rmid_demand))
		return;
	WRITE_ONCE(collector.rmid_demand, false);
	target = min(RECLAIM_TARGET, rmids->size / 4);
	for (taken = 0; taken < RECLAIM_PER_TICK; taken++) {
		bool freed = false;

		raw_spin_lock(&collector.rmid_lock);
		coming = rmids->counts[RMID_RELEASING] + rmids->counts[RMID_DRAINING];
		rmid = 0;
		if (rmid_allocator_available(rmids) + coming < target)
			rmid = rmid_allocator_longest_idle(rmids, before);
		if (rmid)
			freed = take_away(&collector.processes.entries[rmids->entries[rmid].owner],
					  MC_RMID_RECLAIMED, &event);
		raw_spin_unlock(&collector.rmid_lock);
		if (freed)
			mc_emit(this_cpu_ptr(&cpu_states), rmid_free, &event);
		if (!rmid)
			break;
	}
}

bool rmid_owner_demote(u32 rmid, u32 target)
{
	struct rmid_allocator *rmids = &collector.rmids;
	struct mc_rmid_event event;
	bool taken = false, freed = false;
	u32 coming;

	raw_spin_lock(&collector.rmid_lock);
	coming = rmids->counts[RMID_RELEASING] + rmids->counts[RMID_DRAINING];
	if (rmid_allocator_available(rmids) + coming < target &&
	    rmids->entries[rmid].state == RMID_OWNED) {
		freed = take_away(&collector.processes.entries[rmids->entries[rmid].owner],
				  MC_RMID_DEMOTED, &event);
		taken = true;
	}
	raw_spin_unlock(&collector.rmid_lock);
	if (freed)
		mc_emit(this_cpu_ptr(&cpu_states), rmid_free, &event);
	return taken;
}

void rmid_owner_first_use(u32 rmid, u32 domain)
{
	struct rmid_entry *entry = &collector.rmids.entries[rmid];

	raw_spin_lock(&collector.rmid_lock);
	WRITE_ONCE(entry->used_domains, entry->used_domains | BIT_ULL(domain));
	raw_spin_unlock(&collector.rmid_lock);
}

void rmid_owner_forget_domain(struct cpu_state *cpu, struct domain *domain)
{
	struct rmid_allocator *rmids = &collector.rmids;
	struct mc_rmid_event event;
	unsigned long flags;
	u32 rmid;

	for (rmid = 1; rmid < rmids->size; rmid++) {
		bool freed = false;

		raw_spin_lock_irqsave(&collector.rmid_lock, flags);
		clear_bit(rmid, domain->drain);
		if (rmids->entries[rmid].pending_domains & BIT_ULL(domain->index))
			freed = conclude_drain(rmid, domain, true, ktime_get_ns(), &event);
		raw_spin_unlock_irqrestore(&collector.rmid_lock, flags);
		if (!freed)
			continue;
		local_irq_save(flags);
		mc_emit(cpu, rmid_free, &event);
		local_irq_restore(flags);
	}
	raw_spin_lock_irqsave(&collector.rmid_lock, flags);
	rmid_allocator_forget_domain(rmids, domain->index);
	raw_spin_unlock_irqrestore(&collector.rmid_lock, flags);
}

void rmid_owner_cooled(u32 rmid, u32 domain)
{
	raw_spin_lock(&collector.rmid_lock);
	rmid_allocator_cooled(&collector.rmids, rmid, domain, ktime_get_ns());
	raw_spin_unlock(&collector.rmid_lock);
}

static void settle(u32 rmid, u64 now_ns)
{
	raw_spin_lock(&collector.rmid_lock);
	rmid_allocator_settle(&collector.rmids, rmid, now_ns);
	raw_spin_unlock(&collector.rmid_lock);
}

void rmid_owner_look_at_limbo(struct cpu_state *cpu, struct domain *domain, u64 now_ns)
{
	struct rmid_allocator *rmids = &collector.rmids;
	u32 scanned, reads = 0, rmid = domain->limbo_cursor;
	u64 bytes;

	for (scanned = 0; scanned < LIMBO_SCAN && reads < LIMBO_READS; scanned++) {
		rmid = rmid + 1 < rmids->size ? rmid + 1 : 1;
		if (READ_ONCE(rmids->entries[rmid].state) != RMID_LIMBO)
			continue;
		if (!READ_ONCE(rmids->entries[rmid].dirty_domains)) {
			settle(rmid, now_ns);
			continue;
		}
		if (!rmid_allocator_wants_look(rmids, rmid, domain->index, now_ns) ||
		    now_ns - domain->rmids[rmid].last_look_ns < LIMBO_LOOK_NS)
			continue;
		domain->rmids[rmid].last_look_ns = now_ns;
		reads++;
		if (domain_read_occupancy(cpu, domain, rmid, READ_LIMBO, &bytes) &&
		    bytes <= collector.occupancy_threshold)
			rmid_owner_cooled(rmid, domain->index);
	}
	domain->limbo_cursor = rmid;
}
