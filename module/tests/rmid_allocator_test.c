// SPDX-License-Identifier: GPL-2.0-only
/* rmid_allocator.c as the kernel runs it: results in the log when loaded. */
#include <linux/bitmap.h>
#include <linux/delay.h>
#include <linux/ktime.h>
#include <linux/module.h>
#include <linux/slab.h>

#include "ktap.h"
#include "rmid_allocator.h"
#include "rmid_allocator_storm.h"

#define SIZE 16u
#define MIN_FREE_NS (10 * NSEC_PER_MSEC)
#define REASON 3u

/* 56 KB: not for a stack. Cases run one after the other. */
static struct rmid_allocator *rmids;

static u32 count_of(enum rmid_state state)
{
	return rmids->counts[state];
}

/* From owned to limbo, in the one domain where it was used. */
static void free_used(struct ktap *ktap, u32 rmid, u32 owner, bool low, u64 now_ns)
{
	u32 former = 0;

	rmids->entries[rmid].used_domains = BIT_ULL(0);
	EXPECT_EQ(ktap, rmid_allocator_release(rmids, rmid, REASON), 0);
	EXPECT_EQ(ktap, rmid_allocator_begin_drain(rmids, rmid), BIT_ULL(0));
	EXPECT(ktap, rmid_allocator_drained(rmids, rmid, 0, low, now_ns, &former));
	EXPECT_EQ(ktap, former, owner);
}

static void test_init(struct ktap *ktap)
{
	u32 rmid;

	EXPECT_EQ(ktap, rmid_allocator_init(rmids, 0, 0), -EINVAL);
	EXPECT_EQ(ktap, rmid_allocator_init(rmids, RMID_MAX + 1, 0), -EINVAL);
	EXPECT_EQ(ktap, rmid_allocator_init(rmids, RMID_MAX, 0), 0);
	EXPECT_EQ(ktap, rmid_allocator_available(rmids), RMID_MAX - 1);

	EXPECT_EQ(ktap, rmid_allocator_init(rmids, SIZE, MIN_FREE_NS), 0);
	EXPECT_EQ(ktap, rmid_allocator_available(rmids), SIZE - 1);
	EXPECT_EQ(ktap, rmids->entries[0].state, RMID_RESERVED);
	for (rmid = 0; rmid < SIZE; rmid++)
		EXPECT_EQ(ktap, rmids->entries[rmid].owner, RMID_NO_OWNER);
}

static void test_cleanup(struct ktap *ktap)
{
	u64 warm;
	u32 rmid;

	rmid_allocator_init(rmids, SIZE, MIN_FREE_NS);
	rmid = rmid_allocator_alloc(rmids, 7, &warm);
	free_used(ktap, rmid, 7, false, 1);
	rmid_allocator_alloc(rmids, 8, &warm);
	/* Beginning anew forgets owners, limbo and what is dirty. */
	EXPECT_EQ(ktap, rmid_allocator_init(rmids, SIZE, MIN_FREE_NS), 0);
	EXPECT_EQ(ktap, count_of(RMID_COLD), SIZE - 1);
	EXPECT_EQ(ktap, count_of(RMID_LIMBO), 0);
	EXPECT_EQ(ktap, rmids->entries[rmid].dirty_domains, 0);
	EXPECT_EQ(ktap, rmid_allocator_alloc(rmids, 9, &warm), 1);
	EXPECT_EQ(ktap, rmids->entries[1].owner, 9);
}

static void test_allocation_and_exhaustion(struct ktap *ktap)
{
	DECLARE_BITMAP(seen, SIZE) = {};
	u64 warm = 1;
	u32 i, rmid;

	rmid_allocator_init(rmids, SIZE, MIN_FREE_NS);
	for (i = 1; i < SIZE; i++) {
		rmid = rmid_allocator_alloc(rmids, 100 + i, &warm);
		if (!EXPECT(ktap, rmid > 0 && rmid < SIZE))
			return;
		EXPECT(ktap, !test_and_set_bit(rmid, seen));
		EXPECT_EQ(ktap, warm, 0);
		EXPECT_EQ(ktap, rmids->entries[rmid].owner, 100 + i);
	}
	EXPECT_EQ(ktap, rmid_allocator_available(rmids), 0);
	EXPECT_EQ(ktap, rmid_allocator_alloc(rmids, 999, &warm), 0);
	EXPECT_EQ(ktap, rmid_allocator_reserve(rmids, 999), 0);
	EXPECT_EQ(ktap, count_of(RMID_OWNED), SIZE - 1);
	/* One that comes back is what the next one gets. */
	free_used(ktap, 5, rmids->entries[5].owner, true, 1);
	EXPECT_EQ(ktap, rmid_allocator_alloc(rmids, 999, &warm), 5);
}

static void test_reserve(struct ktap *ktap)
{
	u32 rmid;

	rmid_allocator_init(rmids, SIZE, MIN_FREE_NS);
	rmid = rmid_allocator_reserve(rmids, 2);
	EXPECT(ktap, rmid > 0);
	EXPECT_EQ(ktap, rmids->entries[rmid].owner, 2);
	EXPECT_EQ(ktap, rmid_allocator_release(rmids, rmid, REASON), -EINVAL);
	EXPECT_EQ(ktap, rmid_allocator_longest_idle(rmids, U64_MAX), 0);
	EXPECT_EQ(ktap, rmid_allocator_available(rmids), SIZE - 2);
}

static void test_wrong_frees(struct ktap *ktap)
{
	u64 warm;
	u32 rmid, owner;

	rmid_allocator_init(rmids, SIZE, MIN_FREE_NS);
	EXPECT_EQ(ktap, rmid_allocator_release(rmids, 0, REASON), -EINVAL);
	EXPECT_EQ(ktap, rmid_allocator_release(rmids, 3, REASON), -EINVAL);
	EXPECT_EQ(ktap, rmid_allocator_release(rmids, SIZE, REASON), -EINVAL);
	EXPECT_EQ(ktap, rmid_allocator_release(rmids, RMID_MAX, REASON), -EINVAL);
	rmid = rmid_allocator_alloc(rmids, 7, &warm);
	EXPECT(ktap, !rmid_allocator_drained(rmids, rmid, 0, true, 1, &owner));
	EXPECT_EQ(ktap, rmid_allocator_release(rmids, rmid, REASON), 0);
	EXPECT_EQ(ktap, rmid_allocator_release(rmids, rmid, REASON), -EINVAL);
	EXPECT_EQ(ktap, count_of(RMID_RELEASING), 1);
}

/* Still its former owner's until the last domain that used it has read it. */
static void test_drain_in_every_domain(struct ktap *ktap)
{
	u32 rmid, owner = 0;
	u64 warm;

	rmid_allocator_init(rmids, SIZE, 0);
	rmid = rmid_allocator_alloc(rmids, 7, &warm);
	rmids->entries[rmid].used_domains = BIT_ULL(1) | BIT_ULL(40);
	rmid_allocator_release(rmids, rmid, REASON);
	EXPECT_EQ(ktap, rmid_allocator_begin_drain(rmids, rmid), BIT_ULL(1) | BIT_ULL(40));
	EXPECT(ktap, !rmid_allocator_drained(rmids, rmid, 40, true, 1, &owner));
	EXPECT_EQ(ktap, rmids->entries[rmid].owner, 7);
	EXPECT_EQ(ktap, count_of(RMID_DRAINING), 1);
	EXPECT(ktap, rmid_allocator_drained(rmids, rmid, 1, true, 1, &owner));
	EXPECT_EQ(ktap, owner, 7);
	EXPECT_EQ(ktap, rmids->entries[rmid].owner, RMID_NO_OWNER);
}

/* By the clock that the module goes by. */
static void test_minimum_free_time(struct ktap *ktap)
{
	u64 warm, freed_ns, seen_ns;
	u32 rmid;

	rmid_allocator_init(rmids, SIZE, MIN_FREE_NS);
	rmid = rmid_allocator_alloc(rmids, 7, &warm);
	freed_ns = ktime_get_ns();
	free_used(ktap, rmid, 7, true, freed_ns);
	EXPECT_EQ(ktap, rmids->entries[rmid].state, RMID_LIMBO);
	EXPECT(ktap, !rmid_allocator_settle(rmids, rmid, freed_ns));
	EXPECT(ktap, !rmid_allocator_settle(rmids, rmid, freed_ns + MIN_FREE_NS - 1));
	EXPECT_EQ(ktap, rmids->entries[rmid].state, RMID_LIMBO);
	do {
		usleep_range(1000, 2000);
		seen_ns = ktime_get_ns();
	} while (!rmid_allocator_settle(rmids, rmid, seen_ns) && seen_ns < freed_ns + NSEC_PER_SEC);
	EXPECT(ktap, seen_ns - freed_ns >= MIN_FREE_NS);
	EXPECT_EQ(ktap, rmids->entries[rmid].state, RMID_COLD);
	EXPECT(ktap, !rmid_allocator_settle(rmids, rmid, seen_ns));
}

/* Rested is not enough: its lines must have left the cache of every domain. */
static void test_limbo(struct ktap *ktap)
{
	u64 warm;
	u32 rmid;

	rmid_allocator_init(rmids, SIZE, MIN_FREE_NS);
	rmid = rmid_allocator_alloc(rmids, 7, &warm);
	free_used(ktap, rmid, 7, false, 1000);
	EXPECT_EQ(ktap, rmids->entries[rmid].dirty_domains, BIT_ULL(0));
	EXPECT(ktap, !rmid_allocator_wants_look(rmids, rmid, 0, 1000 + MIN_FREE_NS - 1));
	EXPECT(ktap, rmid_allocator_wants_look(rmids, rmid, 0, 1000 + MIN_FREE_NS));
	EXPECT(ktap, !rmid_allocator_wants_look(rmids, rmid, 1, 1000 + MIN_FREE_NS));
	EXPECT(ktap, !rmid_allocator_settle(rmids, rmid, 1000 + MIN_FREE_NS));
	rmid_allocator_cooled(rmids, rmid, 0, 1000 + MIN_FREE_NS);
	EXPECT_EQ(ktap, rmids->entries[rmid].state, RMID_COLD);
	EXPECT_EQ(ktap, count_of(RMID_LIMBO), 0);
}

static void test_cold_before_limbo(struct ktap *ktap)
{
	u64 warm;
	u32 i, rmid;

	rmid_allocator_init(rmids, 4, MIN_FREE_NS);
	rmid = rmid_allocator_alloc(rmids, 7, &warm);
	free_used(ktap, rmid, 7, false, 1000);
	for (i = 0; i < 2; i++) {
		EXPECT(ktap, rmid_allocator_alloc(rmids, 8 + i, &warm) != rmid);
		EXPECT_EQ(ktap, warm, 0);
	}
	/* None is cold: a warm one, which says where it is. */
	EXPECT_EQ(ktap, rmid_allocator_alloc(rmids, 10, &warm), rmid);
	EXPECT_EQ(ktap, warm, BIT_ULL(0));
	EXPECT_EQ(ktap, rmids->entries[rmid].warm_domains, BIT_ULL(0));
	rmid_allocator_cooled(rmids, rmid, 0, 2000);
	EXPECT_EQ(ktap, rmids->entries[rmid].warm_domains, 0);
	EXPECT_EQ(ktap, rmids->entries[rmid].state, RMID_OWNED);
}

static void test_forget_domain(struct ktap *ktap)
{
	u64 warm;
	u32 rmid;

	rmid_allocator_init(rmids, SIZE, 0);
	rmid = rmid_allocator_alloc(rmids, 7, &warm);
	free_used(ktap, rmid, 7, false, 1000);
	rmid_allocator_forget_domain(rmids, 0);
	EXPECT_EQ(ktap, rmids->entries[rmid].dirty_domains, 0);
	EXPECT(ktap, rmid_allocator_settle(rmids, rmid, 1000));
	EXPECT_EQ(ktap, rmids->entries[rmid].state, RMID_COLD);
}

/* What is known of one RMID, and of all. */
static void test_info_and_status(struct ktap *ktap)
{
	u32 rmid, state, sum = 0;
	u64 warm;

	rmid_allocator_init(rmids, SIZE, MIN_FREE_NS);
	for (rmid = 1; rmid <= 6; rmid++)
		EXPECT_EQ(ktap, rmid_allocator_alloc(rmids, 100 + rmid, &warm), rmid);
	for (rmid = 1; rmid <= 6; rmid++)
		rmids->entries[rmid].last_run_ns = 10 * rmid;
	free_used(ktap, 1, 101, true, 500);
	rmid_allocator_release(rmids, 2, REASON);
	rmids->entries[3].used_domains = BIT_ULL(2);
	rmid_allocator_release(rmids, 3, REASON);
	rmid_allocator_begin_drain(rmids, 3);

	EXPECT_EQ(ktap, count_of(RMID_RESERVED), 1);
	EXPECT_EQ(ktap, count_of(RMID_COLD), SIZE - 7);
	EXPECT_EQ(ktap, count_of(RMID_OWNED), 3);
	EXPECT_EQ(ktap, count_of(RMID_RELEASING), 1);
	EXPECT_EQ(ktap, count_of(RMID_DRAINING), 1);
	EXPECT_EQ(ktap, count_of(RMID_LIMBO), 1);
	for (state = 0; state < RMID_STATES; state++)
		sum += count_of(state);
	EXPECT_EQ(ktap, sum, SIZE);
	EXPECT_EQ(ktap, rmid_allocator_available(rmids), SIZE - 6);

	EXPECT_EQ(ktap, rmids->entries[1].since_ns, 500);
	EXPECT_EQ(ktap, rmids->entries[2].reason, REASON);
	EXPECT_EQ(ktap, rmids->entries[3].pending_domains, BIT_ULL(2));
	EXPECT_EQ(ktap, rmids->entries[4].owner, 104);
	/* 1 to 3 are nobody's any more. */
	EXPECT_EQ(ktap, rmid_allocator_longest_idle(rmids, 1000), 4);
	EXPECT_EQ(ktap, rmid_allocator_longest_idle(rmids, 40), 0);
}

static void test_concurrent_owners(struct ktap *ktap)
{
	rmid_allocator_init(rmids, SIZE, NSEC_PER_USEC);
	rmid_allocator_storm(ktap, rmids);
	EXPECT_EQ(ktap, count_of(RMID_OWNED), 0);
	EXPECT_EQ(ktap, rmid_allocator_available(rmids), SIZE - 1);
}

static const struct ktap_case cases[] = {
	{ "init", test_init },
	{ "cleanup", test_cleanup },
	{ "allocation_and_exhaustion", test_allocation_and_exhaustion },
	{ "reserve", test_reserve },
	{ "wrong_frees", test_wrong_frees },
	{ "drain_in_every_domain", test_drain_in_every_domain },
	{ "minimum_free_time", test_minimum_free_time },
	{ "limbo", test_limbo },
	{ "cold_before_limbo", test_cold_before_limbo },
	{ "forget_domain", test_forget_domain },
	{ "info_and_status", test_info_and_status },
	{ "concurrent_owners", test_concurrent_owners },
};

static int __init rmid_allocator_test_init(void)
{
	rmids = kvzalloc(sizeof(*rmids), GFP_KERNEL);
	if (!rmids)
		return -ENOMEM;
	ktap_run(cases, ARRAY_SIZE(cases));
	kvfree(rmids);
	return 0;
}

static void __exit rmid_allocator_test_exit(void)
{
}

module_init(rmid_allocator_test_init);
module_exit(rmid_allocator_test_exit);

MODULE_DESCRIPTION("Memory Collector: tests of the RMID allocator, results in the log as KTAP");
MODULE_AUTHOR("Memory Collector");
MODULE_LICENSE("GPL");
