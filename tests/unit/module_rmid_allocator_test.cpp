// SPDX-License-Identifier: GPL-2.0-only
// The module's RMID allocator, from the very file that is built into the kernel.
#include <gtest/gtest.h>

#include <cstdint>
#include <memory>
#include <random>
#include <set>
#include <vector>

extern "C" {
#include "rmid_allocator.h"
}

namespace {

constexpr std::uint64_t kMinFree = 1000;
constexpr std::uint32_t kReason = 2;

struct Allocator : testing::Test {
    std::unique_ptr<rmid_allocator> rmids = std::make_unique<rmid_allocator>();

    void start(std::uint32_t size) { ASSERT_EQ(rmid_allocator_init(rmids.get(), size, kMinFree), 0); }

    std::uint32_t alloc(std::uint32_t owner, std::uint64_t *warm = nullptr)
    {
        std::uint64_t ignored = 0;
        return rmid_allocator_alloc(rmids.get(), owner, warm != nullptr ? warm : &ignored);
    }

    // Through release and drain in the given domains into limbo.
    void give_back(std::uint32_t rmid, std::uint64_t domains, bool low, std::uint64_t now)
    {
        rmids->entries[rmid].used_domains = domains;
        ASSERT_EQ(rmid_allocator_release(rmids.get(), rmid, kReason), 0);
        std::uint64_t pending = rmid_allocator_begin_drain(rmids.get(), rmid);
        EXPECT_EQ(pending, domains);
        std::uint32_t owner = 0;
        for (std::uint32_t domain = 0; domain < 64; ++domain) {
            if ((pending >> domain & 1) == 0)
                continue;
            const bool last = (pending >> domain) == 1;
            EXPECT_EQ(rmid_allocator_drained(rmids.get(), rmid, domain, low, now, &owner), last);
        }
    }

    [[nodiscard]] int state(std::uint32_t rmid) const { return rmids->entries[rmid].state; }
};

TEST_F(Allocator, RefusesSizesOutsideThePqrField)
{
    EXPECT_EQ(rmid_allocator_init(rmids.get(), 0, kMinFree), -EINVAL);
    EXPECT_EQ(rmid_allocator_init(rmids.get(), RMID_MAX + 1, kMinFree), -EINVAL);
    EXPECT_EQ(rmid_allocator_init(rmids.get(), RMID_MAX, kMinFree), 0);
}

TEST_F(Allocator, HandsOutEveryRmidButZeroOnceAndThenNone)
{
    start(32);
    std::set<std::uint32_t> seen;
    for (std::uint32_t owner = 0; owner < 31; ++owner)
        seen.insert(alloc(owner));
    EXPECT_EQ(seen.size(), 31U);
    EXPECT_EQ(seen.count(0), 0U);
    EXPECT_EQ(*seen.rbegin(), 31U);
    EXPECT_EQ(alloc(99), 0U);
    EXPECT_EQ(rmid_allocator_available(rmids.get()), 0U);
}

TEST_F(Allocator, ReservedIsNeverReleased)
{
    start(4);
    const std::uint32_t rmid = rmid_allocator_reserve(rmids.get(), 0);
    EXPECT_NE(rmid, 0U);
    EXPECT_EQ(rmid_allocator_release(rmids.get(), rmid, kReason), -EINVAL);
    EXPECT_EQ(rmid_allocator_longest_idle(rmids.get(), ~0ULL), 0U);
}

TEST_F(Allocator, ReleaseOfWhatIsNotOwnedIsRefused)
{
    start(4);
    EXPECT_EQ(rmid_allocator_release(rmids.get(), 0, kReason), -EINVAL);
    EXPECT_EQ(rmid_allocator_release(rmids.get(), 2, kReason), -EINVAL);
    EXPECT_EQ(rmid_allocator_release(rmids.get(), 4, kReason), -EINVAL);
}

TEST_F(Allocator, DrainEndsWithTheLastDomainAndNamesTheOwner)
{
    start(8);
    const std::uint32_t rmid = alloc(42);
    rmids->entries[rmid].used_domains = 0b101;
    ASSERT_EQ(rmid_allocator_release(rmids.get(), rmid, kReason), 0);
    ASSERT_EQ(rmid_allocator_begin_drain(rmids.get(), rmid), 0b101U);
    std::uint32_t owner = 0;
    EXPECT_FALSE(rmid_allocator_drained(rmids.get(), rmid, 2, true, 5, &owner));
    EXPECT_EQ(rmids->entries[rmid].owner, 42U) << "charged to its owner until all domains are read";
    EXPECT_TRUE(rmid_allocator_drained(rmids.get(), rmid, 0, true, 6, &owner));
    EXPECT_EQ(owner, 42U);
    EXPECT_EQ(rmids->entries[rmid].owner, RMID_NO_OWNER);
    EXPECT_FALSE(rmid_allocator_drained(rmids.get(), rmid, 0, true, 7, &owner)) << "only once";
}

TEST_F(Allocator, RestsForTheMinimumTimeEvenIfClean)
{
    start(3);
    const std::uint32_t rmid = alloc(1);
    give_back(rmid, 0b1, true, 100);
    EXPECT_EQ(state(rmid), RMID_LIMBO);
    EXPECT_FALSE(rmid_allocator_settle(rmids.get(), rmid, 100 + kMinFree - 1));
    EXPECT_TRUE(rmid_allocator_settle(rmids.get(), rmid, 100 + kMinFree));
    EXPECT_EQ(state(rmid), RMID_COLD);
}

TEST_F(Allocator, StaysInLimboUntilEveryDomainIsLow)
{
    start(3);
    const std::uint32_t rmid = alloc(1);
    give_back(rmid, 0b11, false, 100);
    EXPECT_FALSE(rmid_allocator_wants_look(rmids.get(), rmid, 0, 100 + kMinFree - 1));
    EXPECT_TRUE(rmid_allocator_wants_look(rmids.get(), rmid, 0, 100 + kMinFree));
    rmid_allocator_cooled(rmids.get(), rmid, 0, 5000);
    EXPECT_EQ(state(rmid), RMID_LIMBO);
    EXPECT_FALSE(rmid_allocator_wants_look(rmids.get(), rmid, 0, 5000));
    rmid_allocator_cooled(rmids.get(), rmid, 1, 5000);
    EXPECT_EQ(state(rmid), RMID_COLD);
}

TEST_F(Allocator, ColdFirstThenTheOneLongestInLimboAndItIsWarm)
{
    start(4);
    std::uint64_t warm = 0;
    const std::uint32_t first = alloc(1), second = alloc(2);
    give_back(first, 0b10, false, 100);
    give_back(second, 0b01, false, 200);
    const std::uint32_t third = alloc(3, &warm);
    EXPECT_EQ(warm, 0U);
    EXPECT_NE(third, first);
    EXPECT_NE(third, second);
    EXPECT_EQ(alloc(4, &warm), first);
    EXPECT_EQ(warm, 0b10U);
    EXPECT_EQ(rmids->entries[first].warm_domains, 0b10U);
    rmid_allocator_cooled(rmids.get(), first, 1, 300);
    EXPECT_EQ(rmids->entries[first].warm_domains, 0U);
    EXPECT_EQ(state(first), RMID_OWNED);
}

TEST_F(Allocator, WarmDomainsTheNextOwnerNeverUsedStayDirty)
{
    start(2);
    std::uint64_t warm = 0;
    const std::uint32_t rmid = alloc(1);
    give_back(rmid, 0b10, false, 100);
    ASSERT_EQ(alloc(2, &warm), rmid);
    give_back(rmid, 0b01, true, 200);
    EXPECT_EQ(rmids->entries[rmid].dirty_domains, 0b10U);
}

TEST_F(Allocator, LongestIdleIsTheOwnedOneThatRanLongestAgo)
{
    start(5);
    for (std::uint32_t owner = 1; owner <= 4; ++owner)
        rmids->entries[alloc(owner)].last_run_ns = owner * 100;
    EXPECT_EQ(rmids->entries[rmid_allocator_longest_idle(rmids.get(), 1000)].owner, 1U);
    EXPECT_EQ(rmid_allocator_longest_idle(rmids.get(), 100), 0U) << "all ran since";
}

TEST_F(Allocator, ForgottenDomainIsNowherePendingDirtyOrWarm)
{
    start(4);
    const std::uint32_t limbo = alloc(1), owned = alloc(2);
    rmids->entries[owned].used_domains = 0b11;
    give_back(limbo, 0b11, false, 100);
    rmid_allocator_forget_domain(rmids.get(), 1);
    EXPECT_EQ(rmids->entries[limbo].dirty_domains, 0b01U);
    EXPECT_EQ(rmids->entries[owned].used_domains, 0b01U);
}

// Any sequence of legal steps: counts agree with states, both queues hold exactly
// the RMIDs in their state, and nobody owns an RMID that is not owned.
TEST_F(Allocator, KeepsItsBooksThroughRandomSequences)
{
    constexpr std::uint32_t kSize = 24;
    std::mt19937 random(7);
    const auto roll = [&](std::uint32_t sides) { return static_cast<std::uint32_t>(random() % sides); };
    start(kSize);
    std::uint64_t now = 0;
    for (int step = 0; step < 20000; ++step) {
        now += roll(400);
        const std::uint32_t rmid = 1 + roll(kSize - 1);
        std::uint32_t owner = 0;
        switch (roll(5)) {
        case 0:
            alloc(roll(100));
            break;
        case 1:
            rmids->entries[rmid].used_domains |= roll(4);
            rmid_allocator_release(rmids.get(), rmid, kReason);
            break;
        case 2:
            if (state(rmid) == RMID_RELEASING && rmid_allocator_begin_drain(rmids.get(), rmid) == 0)
                rmid_allocator_drained(rmids.get(), rmid, 0, false, now, &owner);
            break;
        case 3:
            if (state(rmid) == RMID_DRAINING)
                rmid_allocator_drained(rmids.get(), rmid, roll(2), roll(2) != 0, now, &owner);
            break;
        default:
            rmid_allocator_cooled(rmids.get(), rmid, roll(2), now);
            rmid_allocator_settle(rmids.get(), rmid, now);
        }
        std::vector<std::uint32_t> counts(RMID_STATES, 0);
        for (std::uint32_t i = 0; i < kSize; ++i)
            ++counts[static_cast<std::size_t>(state(i))];
        for (std::size_t i = 0; i < counts.size(); ++i)
            ASSERT_EQ(rmids->counts[i], counts[i]) << "state " << i << " step " << step;
        for (const auto &[queue, wanted] :
             {std::pair{rmids->cold, RMID_COLD}, std::pair{rmids->limbo, RMID_LIMBO}}) {
            std::uint32_t length = 0;
            for (std::uint32_t i = queue.head; i != 0; i = rmids->entries[i].next) {
                ASSERT_EQ(state(i), wanted);
                ASSERT_LE(++length, kSize);
            }
            ASSERT_EQ(length, counts[static_cast<std::size_t>(wanted)]);
        }
    }
}

} // namespace
