/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Who owns which RMID, and what a released one goes through before the next
 * owner may have it:
 *
 *   cold -> owned -> releasing -> draining -> limbo -> cold
 *                                               \-> owned (warm)
 *
 * releasing: no longer its owner's, but still loaded on some CPU.
 * draining: loaded nowhere; each domain that used it reads it once more.
 * limbo: drained, but its lines may still be in a cache ("dirty" domains).
 *
 * No locking and no kernel here: the caller serializes all calls.
 */
#ifndef MC_RMID_ALLOCATOR_H
#define MC_RMID_ALLOCATOR_H

#include "portable.h"

#define RMID_MAX 1024		/* IA32_PQR_ASSOC bits 9:0 */
#define RMID_NO_OWNER 0xffffffffu

enum rmid_state {
	RMID_RESERVED,
	RMID_COLD,
	RMID_OWNED,
	RMID_RELEASING,
	RMID_DRAINING,
	RMID_LIMBO,
	RMID_STATES,
};

struct rmid_entry {
	u64 used_domains;	/* where the present owner was loaded */
	u64 pending_domains;	/* draining: where it is still to be read */
	u64 dirty_domains;	/* limbo: where occupancy is not yet low */
	u64 warm_domains;	/* owned: occupancy still holds the former owner's */
	u64 since_ns;		/* owned: when it was given; limbo: when it was freed */
	u64 last_run_ns;
	u32 owner;
	u32 reason;		/* enum mc_rmid_reason, of the release */
	u16 next;
	u16 prev;
	u8 state;
};

struct rmid_queue {
	u16 head;
	u16 tail;
};

struct rmid_allocator {
	struct rmid_entry entries[RMID_MAX];
	struct rmid_queue cold;
	struct rmid_queue limbo;
	u32 counts[RMID_STATES];
	u32 size;
	u64 min_free_ns;
};

/* RMIDs 1..size-1 become cold; 0 is reserved for idle and unassigned. */
int rmid_allocator_init(struct rmid_allocator *allocator, u32 size, u64 min_free_ns);

/*
 * Hand out the RMID that has been cold longest, else the one longest in limbo.
 * Returns 0 when there is neither. *warm says which domains still hold lines of
 * the former owner.
 */
u32 rmid_allocator_alloc(struct rmid_allocator *allocator, u32 owner, u64 *warm);

/* Hand out a cold RMID for good: never released, reclaimed or drained. */
u32 rmid_allocator_reserve(struct rmid_allocator *allocator, u32 owner);

/* The owner gives the RMID up (or loses it). -EINVAL if it is not owned. */
int rmid_allocator_release(struct rmid_allocator *allocator, u32 rmid, u32 reason);

/* It is loaded nowhere any more. Returns the domains that must drain it. */
u64 rmid_allocator_begin_drain(struct rmid_allocator *allocator, u32 rmid);

/*
 * Domain `domain` (index) has drained it; `low` says its occupancy there was
 * under the threshold. Returns true when it was the last: the RMID is in limbo
 * then, and *owner is who it was drained for.
 */
bool rmid_allocator_drained(struct rmid_allocator *allocator, u32 rmid, u32 domain, bool low,
			    u64 now_ns, u32 *owner);

/*
 * A limbo RMID whose minimum free time is over and that `domain` must look at. May be
 * asked without the caller's lock, and answers as of any moment: what others may read
 * so is written with WRITE_ONCE().
 */
bool rmid_allocator_wants_look(const struct rmid_allocator *allocator, u32 rmid, u32 domain,
			       u64 now_ns);

/* Its occupancy in `domain` is under the threshold. Cold when that was the last. */
void rmid_allocator_cooled(struct rmid_allocator *allocator, u32 rmid, u32 domain, u64 now_ns);

/* Clean in every domain, and the minimum free time is over: cold. */
bool rmid_allocator_settle(struct rmid_allocator *allocator, u32 rmid, u64 now_ns);

/* A domain went away: nothing there is pending, dirty or warm any more. */
void rmid_allocator_forget_domain(struct rmid_allocator *allocator, u32 domain);

/* The owned RMID that ran longest ago, before `before_ns`; 0 if there is none. */
u32 rmid_allocator_longest_idle(const struct rmid_allocator *allocator, u64 before_ns);

static inline u32 rmid_allocator_available(const struct rmid_allocator *allocator)
{
	return READ_ONCE(allocator->counts[RMID_COLD]) + READ_ONCE(allocator->counts[RMID_LIMBO]);
}

#endif /* MC_RMID_ALLOCATOR_H */
