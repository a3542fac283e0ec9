// SPDX-License-Identifier: GPL-2.0-only
//
// A run that joins sampling which another listener began: the module's dump tells
// where counts stand, and what is in no dump began at 0.
#include "model_support.h"

#include <gtest/gtest.h>

namespace memory_collector {
namespace {

using nlohmann::json;
using testing::domain_event;
using testing::live_options;
using testing::moved_event;
using testing::ms;
using testing::of_type;
using testing::rows_of;
using testing::state_event;

template <typename Event> Event in_dump(Event event)
{
    event.flags |= MC_FLAG_EXISTING;
    return event;
}

mc_soft_sample softly(std::uint64_t slot_ns, std::uint64_t total)
{
    mc_soft_sample event{};
    event.slot_ns = slot_ns;
    event.total_bytes = total;
    event.local_bytes = total;
    event.flags = MC_FLAG_SOFT | MC_FLAG_OCCUPANCY_INVALID;
    return event;
}

// One interval of 10 ms, from 20 ms on: the dump tells what `dumped` feeds.
std::vector<json> joined(const std::function<void(Model &)> &dumped,
                         const std::function<void(Model &)> &interval, std::uint32_t mode = MC_MODE_RDT)
{
    return rows_of([&](Sink &sink) {
        Model model{live_options(), sink};
        mc_state state = state_event(MC_STATE_DUMP_BEGIN, 19 * ms);
        state.mode = mode;
        model.state(0, state);
        dumped(model);
        state.what = MC_STATE_DUMP_END;
        state.slot_ns = 20 * ms;
        model.state(0, state);
        interval(model);
        model.close();
        model.finish(0, "end");
    });
}

TEST(Dump, ADomainThatSleptIsCountedFromWhereItStood)
{
    const auto domains = of_type(joined(
                                     [](Model &model) {
                                         model.domain_sample(0, in_dump(domain_event(19 * ms, 9000, 2000)));
                                         model.rdt_sample(0, in_dump(moved_event(12 * ms, 7000)));
                                     },
                                     [](Model &model) {
                                         model.rdt_sample(0, moved_event(25 * ms, 7500));
                                         model.domain_sample(0, domain_event(25 * ms, 9700, 2200));
                                     }),
                                 "domain");
    ASSERT_EQ(domains.size(), 1u);
    EXPECT_EQ(domains[0]["total_bytes"], 700);
    EXPECT_EQ(domains[0]["local_bytes"], 700);
    EXPECT_EQ(domains[0]["unattributed_bytes"], 200);
    EXPECT_EQ(domains[0]["lost_bytes"], 0);
}

TEST(Dump, ASlotThatWasOpenThenIsNotCounted)
{
    const auto domains = of_type(joined(
                                     [](Model &model) {
                                         model.domain_sample(0, in_dump(domain_event(19 * ms, 9000, 2000)));
                                         model.rdt_sample(0, in_dump(moved_event(19 * ms, 7000)));
                                         model.rdt_sample(0, moved_event(19 * ms, 7100));
                                         model.domain_sample(0, domain_event(19 * ms, 9100, 2000));
                                     },
                                     [](Model &model) {
                                         model.rdt_sample(0, moved_event(21 * ms, 7500));
                                         model.domain_sample(0, domain_event(21 * ms, 9500, 2000));
                                     }),
                                 "domain");
    ASSERT_EQ(domains.size(), 1u);
    EXPECT_EQ(domains[0]["total_bytes"], 400);
    EXPECT_EQ(domains[0]["lost_bytes"], 0);
}

TEST(Dump, ADomainThatIsInNoDumpBeganAtZero)
{
    mc_domain_sample came = domain_event(25 * ms, 600, 100);
    came.domain = 1;
    mc_rdt_sample there = moved_event(25 * ms, 500);
    there.domain = 1;
    const auto domains =
        of_type(joined([](Model &model) { model.domain_sample(0, in_dump(domain_event(19 * ms, 0, 0))); },
                       [&](Model &model) {
                           model.rdt_sample(1, there);
                           model.domain_sample(1, came);
                       }),
                "domain");
    ASSERT_EQ(domains.size(), 2u);
    EXPECT_EQ(domains[1]["total_bytes"], 600);
    EXPECT_EQ(domains[1]["unattributed_bytes"], 100);
    EXPECT_EQ(domains[1]["lost_bytes"], 0);
}

TEST(Dump, AnothersDumpInTheMiddleChangesNothing)
{
    const auto without = [](Model &model) {
        model.rdt_sample(0, moved_event(21 * ms, 7500));
        model.domain_sample(0, domain_event(21 * ms, 9500, 2000));
        model.soft_sample(0, softly(21 * ms, 50));
        model.domain_sample(0, domain_event(23 * ms, 9600, 2100));
    };
    const auto with = [](Model &model) {
        model.rdt_sample(0, moved_event(21 * ms, 7500));
        model.domain_sample(0, domain_event(21 * ms, 9500, 2000));
        model.soft_sample(0, softly(21 * ms, 50));
        // In the slot of 23 ms, which is open.
        model.domain_sample(1, in_dump(domain_event(23 * ms, 9550, 2050)));
        model.soft_sample(1, in_dump(softly(23 * ms, 50)));
        model.domain_sample(0, domain_event(23 * ms, 9600, 2100));
    };
    const auto dumped = [](Model &model) {
        model.domain_sample(0, in_dump(domain_event(19 * ms, 9000, 2000)));
        model.rdt_sample(0, in_dump(moved_event(12 * ms, 7000)));
    };
    for (const std::string type : {"domain", "soft", "process"})
        EXPECT_EQ(of_type(joined(dumped, with), type), of_type(joined(dumped, without), type)) << type;
}

TEST(Dump, ASoftRmidThatSleptIsCountedFromWhereItStood)
{
    const auto soft =
        of_type(joined([](Model &model) { model.soft_sample(0, in_dump(softly(19 * ms, 3000))); },
                       [](Model &model) { model.soft_sample(0, softly(25 * ms, 3100)); }),
                "soft");
    ASSERT_EQ(soft.size(), 1u);
    EXPECT_EQ(soft[0]["total_bytes"], 100);
}

TEST(Dump, WhatNobodyReadsIsNull)
{
    const auto domains = of_type(
        joined([](Model &model) { model.domain_sample(0, in_dump(domain_event(19 * ms, 9000, 2000))); },
               [](Model &) {}, MC_MODE_RESCTRL),
        "domain");
    ASSERT_EQ(domains.size(), 1u);
    for (const std::string column : {"total_bytes", "local_bytes", "unattributed_bytes", "lost_bytes"})
        EXPECT_TRUE(domains[0][column].is_null()) << column;
}

} // namespace
} // namespace memory_collector
