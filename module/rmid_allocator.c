// SPDX-License-Identifier: GPL-2.0-only
/* Who owns which RMID; see rmid_allocator.h for the states. */
#include "rmid_allocator.h"

/* RMID 0 is never queued, so it ends the lists. */
static void queue_push(struct rmid_allocator *allocator, struct rmid_queue *queue, u32 rmid)
{
	struct rmid_entry *entry = &allocator->entries[rmid];

	entry->next = 0;
	entry->prev = queue->tail;
	if (queue->tail)
		allocator->entries[queue->tail].next = rmid;
	else
		queue->head = rmid;
	queue->tail = rmid;
}

static void queue_remove(struct rmid_allocator *allocator, struct rmid_queue *queue, u32 rmid)
{
	struct rmid_entry *entry = &allocator->entries[rmid];

	if (entry->prev)
		allocator->entries[entry->prev].next = entry->next;
	else
		queue->head = entry->next;
	if (entry->next)
		allocator->entries[entry->next].prev = entry->prev;
	else
		queue->tail = entry->prev;
}

static struct rmid_queue *queue_of(struct rmid_allocator *allocator, u8 state)
{
	if (state == RMID_COLD)
		return &allocator->cold;
	if (state == RMID_LIMBO)
		return &allocator->limbo;
	return NULL;
}

static void set_state(struct rmid_allocator *allocator, u32 rmid, enum rmid_state state)
{
	struct rmid_entry *entry = &allocator->entries[rmid];
	struct rmid_queue *queue = queue_of(allocator, entry->state);

	if (queue)
		queue_remove(allocator, queue, rmid);
	WRITE_ONCE(allocator->counts[entry->state], allocator->counts[entry->state] - 1);
	WRITE_ONCE(entry->state, (u8)state);
	WRITE_ONCE(allocator->counts[state], allocator->counts[state] + 1);
	queue = queue_of(allocator, entry->state);
	if (queue)
		queue_push(allocator, queue, rmid);
}

int rmid_allocator_init(struct rmid_allocator *allocator, u32 size, u64 min_free_ns)
{
	u32 rmid;

	if (size < 1 || size > RMID_MAX)
		return -EINVAL;
	memset(allocator, 0, sizeof(*allocator));
	allocator->size = size;
	allocator->min_free_ns = min_free_ns;
	allocator->counts[RMID_RESERVED] = size;
	for (rmid = 0; rmid < size; rmid++)
		allocator->entries[rmid].owner = RMID_NO_OWNER;
	for (rmid = 1; rmid < size; rmid++)
		set_state(allocator, rmid, RMID_COLD);
	return 0;
}

u32 rmid_allocator_alloc(struct rmid_allocator *allocator, u32 owner, u64 *warm)
{
	u32 rmid = allocator->cold.head ? allocator->cold.head : allocator->limbo.head;
	struct rmid_entry *entry;

	*warm = 0;
	if (!rmid)
		return 0;
	entry = &allocator->entries[rmid];
	if (entry->state == RMID_LIMBO)
		*warm = entry->dirty_domains;
	set_state(allocator, rmid, RMID_OWNED);
	WRITE_ONCE(entry->warm_domains, *warm);
	WRITE_ONCE(entry->dirty_domains, 0);
	WRITE_ONCE(entry->used_domains, 0);
	entry->pending_domains = 0;
	WRITE_ONCE(entry->last_run_ns, 0);
	WRITE_ONCE(entry->owner, owner);
	return rmid;
}

u32 rmid_allocator_reserve(struct rmid_allocator *allocator, u32 owner)
{
	u64 warm;
	u32 rmid = rmid_allocator_alloc(allocator, owner, &warm);

	if (rmid)
		set_state(allocator, rmid, RMID_RESERVED);
	return rmid;
}

int rmid_allocator_release(struct rmid_allocator *allocator, u32 rmid, u32 reason)
{
	if (rmid >= allocator->size || allocator->entries[rmid].state != RMID_OWNED)
		return -EINVAL;
	allocator->entries[rmid].reason = reason;
	set_state(allocator, rmid, RMID_RELEASING);
	return 0;
}

u64 rmid_allocator_begin_drain(struct rmid_allocator *allocator, u32 rmid)
{
	struct rmid_entry *entry = &allocator->entries[rmid];

	set_state(allocator, rmid, RMID_DRAINING);
	/* Where it was warm the former owner's lines are there, used or not. */
	WRITE_ONCE(entry->dirty_domains, entry->used_domains | entry->warm_domains);
	entry->pending_domains = entry->used_domains;
	return entry->pending_domains;
}

bool rmid_allocator_drained(struct rmid_allocator *allocator, u32 rmid, u32 domain, bool low,
			    u64 now_ns, u32 *owner)
{
	struct rmid_entry *entry = &allocator->entries[rmid];

	if (entry->state != RMID_DRAINING)
		return false;
	entry->pending_domains &= ~BIT_ULL(domain);
	if (low)
		WRITE_ONCE(entry->dirty_domains, entry->dirty_domains & ~BIT_ULL(domain));
	if (entry->pending_domains)
		return false;
	*owner = entry->owner;
	WRITE_ONCE(entry->owner, RMID_NO_OWNER);
	WRITE_ONCE(entry->used_domains, 0);
	WRITE_ONCE(entry->warm_domains, 0);
	WRITE_ONCE(entry->since_ns, now_ns);
	set_state(allocator, rmid, RMID_LIMBO);
	return true;
}

static bool rested(const struct rmid_allocator *allocator, const struct rmid_entry *entry,
		   u64 now_ns)
{
	return now_ns - READ_ONCE(entry->since_ns) >= allocator->min_free_ns;
}

bool rmid_allocator_wants_look(const struct rmid_allocator *allocator, u32 rmid, u32 domain,
			       u64 now_ns)
{
	const struct rmid_entry *entry = &allocator->entries[rmid];

	return READ_ONCE(entry->state) == RMID_LIMBO &&
	       (READ_ONCE(entry->dirty_domains) & BIT_ULL(domain)) &&
	       rested(allocator, entry, now_ns);
}

void rmid_allocator_cooled(struct rmid_allocator *allocator, u32 rmid, u32 domain, u64 now_ns)
{
	struct rmid_entry *entry = &allocator->entries[rmid];

	if (entry->state == RMID_OWNED) {
		WRITE_ONCE(entry->warm_domains, entry->warm_domains & ~BIT_ULL(domain));
	} else if (entry->state == RMID_LIMBO) {
		WRITE_ONCE(entry->dirty_domains, entry->dirty_domains & ~BIT_ULL(domain));
		rmid_allocator_settle(allocator, rmid, now_ns);
	}
}

bool rmid_allocator_settle(struct rmid_allocator *allocator, u32 rmid, u64 now_ns)
{
	struct rmid_entry *entry = &allocator->entries[rmid];

	if (entry->state != RMID_LIMBO || entry->dirty_domains ||
	    !rested(allocator, entry, now_ns))
		return false;
	set_state(allocator, rmid, RMID_COLD);
	return true;
}

void rmid_allocator_forget_domain(struct rmid_allocator *allocator, u32 domain)
{
	u64 keep = ~BIT_ULL(domain);
	u32 rmid;

	for (rmid = 1; rmid < allocator->size; rmid++) {
		struct rmid_entry *entry = &allocator->entries[rmid];

		WRITE_ONCE(entry->used_domains, entry->used_domains & keep);
		WRITE_ONCE(entry->dirty_domains, entry->dirty_domains & keep);
		WRITE_ONCE(entry->warm_domains, entry->warm_domains & keep);
	}
}

u32 rmid_allocator_longest_idle(const struct rmid_allocator *allocator, u64 before_ns)
{
	u64 oldest = before_ns;
	u32 rmid, found = 0;

	for (rmid = 1; rmid < allocator->size; rmid++) {
		const struct rmid_entry *entry = &allocator->entries[rmid];

		u64 last_run_ns = READ_ONCE(entry->last_run_ns);

		if (entry->state != RMID_OWNED)
			continue;
		if (last_run_ns < oldest) {
			oldest = last_run_ns;
			found = rmid;
		}
	}
	return found;
}
