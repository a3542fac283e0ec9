// SPDX-License-Identifier: GPL-2.0-only
/* Promotion and demotion between RMIDs of their own and soft ones; see rmid_balance.h. */
#include "rmid_balance.h"
#include "rmid_owner.h"

#define EPOCH_NS (100 * NSEC_PER_MSEC)
#define PERIOD_NS (10 * NSEC_PER_MSEC)
/* Owners looked at, and RMIDs taken, in one go: it runs in a tick. */
#define WINDOW 64u
#define TAKEN_PER_TURN 4u
/* An RMID stays with its owner at least so long. */
#define HOLD_NS (100 * NSEC_PER_MSEC)
/* Who moves less than so many units in an epoch is as well off without. */
#define LEAST_HEAT_UNITS 16u

static u64 heat_of(u32 process)
{
	u64 heat = 0;
	u32 index;

	for (index = 0; index < collector.nr_domains; index++) {
		const struct domain *domain = collector.domains[index];

		heat += domain_heat_now(domain, &domain->processes[process]);
	}
	return heat;
}

void rmid_balance_note(struct domain *domain, u32 index)
{
	const struct process *process = &collector.processes.entries[index];
	u64 heat = domain_heat_now(domain, &domain->processes[index]);
	struct domain_candidate *coldest = &domain->candidates[0];
	u32 i;

	if (heat <= READ_ONCE(collector.promotion_heat) || READ_ONCE(process->rmid) ||
	    READ_ONCE(process->promoted))
		return;
	for (i = 0; i < DOMAIN_CANDIDATES; i++) {
		struct domain_candidate *candidate = &domain->candidates[i];

		if (candidate->heat && candidate->index == index) {
			coldest = candidate;
			break;
		}
		if (candidate->heat < coldest->heat)
			coldest = candidate;
	}
	if (heat <= coldest->heat && coldest->index != index)
		return;
	coldest->index = index;
	coldest->generation = READ_ONCE(process->generation);
	WRITE_ONCE(coldest->heat, heat);
}

static bool any_candidate(const struct domain *domain)
{
	u32 i;

	for (i = 0; i < DOMAIN_CANDIDATES; i++) {
		if (READ_ONCE(domain->candidates[i].heat))
			return true;
	}
	return false;
}

/* RMID lock held. The coldest of the next WINDOW RMIDs that may be taken. */
static u32 coldest_owner(u64 slot_ns, u64 *heat)
{
	struct rmid_allocator *rmids = &collector.rmids;
	u32 i, found = 0;

	*heat = U64_MAX;
	for (i = 0; i < min(WINDOW, rmids->size); i++) {
		u32 rmid = collector.balance_cursor = (collector.balance_cursor + 1) % rmids->size;
		const struct rmid_entry *entry = &rmids->entries[rmid];
		u64 own;

		if (entry->state != RMID_OWNED || entry->since_ns + HOLD_NS > slot_ns)
			continue;
		own = heat_of(entry->owner);
		if (own < *heat) {
			*heat = own;
			found = rmid;
		}
	}
	return found;
}

/* RMID lock held. */
static void promote(const struct domain_candidate *candidate)
{
	struct process *process = &collector.processes.entries[candidate->index];

	if (READ_ONCE(process->generation) == candidate->generation &&
	    READ_ONCE(process->state) == PROCESS_LIVE && !process->rmid)
		WRITE_ONCE(process->promoted, true);
}

void rmid_balance(struct domain *domain, u64 slot_ns)
{
	struct domain_candidate candidates[DOMAIN_CANDIDATES];
	u32 i, taken, rmid;
	u64 heat;

	if (slot_ns >= domain->epoch_end_ns) {
		domain->epoch_end_ns = slot_ns + EPOCH_NS;
		WRITE_ONCE(domain->epoch, domain->epoch + 1);
	}
	if (slot_ns < domain->balance_ns)
		return;
	domain->balance_ns = slot_ns + PERIOD_NS;
	if (!any_candidate(domain) &&
	    rmid_allocator_available(&collector.rmids) >= rmid_balance_reserve())
		return;

	raw_spin_lock(&domain->lock);
	memcpy(candidates, domain->candidates, sizeof(candidates));
	memset(domain->candidates, 0, sizeof(domain->candidates));
	raw_spin_unlock(&domain->lock);

	for (taken = 0; taken < TAKEN_PER_TURN; taken++) {
		raw_spin_lock(&collector.rmid_lock);
		rmid = coldest_owner(slot_ns, &heat);
		if (!taken && rmid) {
			WRITE_ONCE(collector.promotion_heat,
				   2 * heat + LEAST_HEAT_UNITS * collector.rdt.unit_bytes);
			for (i = 0; i < DOMAIN_CANDIDATES; i++) {
				if (candidates[i].heat > collector.promotion_heat)
					promote(&candidates[i]);
			}
		}
		raw_spin_unlock(&collector.rmid_lock);
		if (!rmid || !rmid_owner_demote(rmid, rmid_balance_reserve()))
			return;
	}
}
