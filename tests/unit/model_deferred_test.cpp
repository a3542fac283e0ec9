// SPDX-License-Identifier: GPL-2.0-only
//
// Ticks whose time was up left the rest to the next: how late readings were, and
// that what they tell of several slots is not taken for one slot's.
#include "model/quick_sample.h"
#include "model_support.h"

#include <gtest/gtest.h>

namespace memory_collector {
namespace {

using testing::ms;
using testing::of_type;
using testing::rows_of;

mc_rdt_sample moved(std::uint64_t slot, std::uint64_t total, std::uint32_t flags = 0)
{
    mc_rdt_sample event{};
    event.slot_ns = slot * ms;
    event.start_time_ns = 20 * ms + 1;
    event.pid = 5;
    event.rmid = 3;
    event.total_bytes = total;
    event.local_bytes = total;
    event.flags = flags;
    return event;
}

mc_tick tick(std::uint64_t slot, std::uint64_t complete)
{
    mc_tick event{};
    event.slot_ns = slot * ms;
    event.complete_ns = complete * ms;
    event.flags = complete < slot ? MC_FLAG_DEFERRED : 0;
    return event;
}

// Of one interval, from 20 ms to 40 ms.
std::vector<nlohmann::json> rows(const std::function<void(Model &)> &feed)
{
    return rows_of([&](Sink &sink) {
        ModelOptions options;
        options.interval_ns = 20 * ms;
        options.live = true;
        Model model{options, sink};
        model.state(0, testing::state_event(MC_STATE_STARTED, 20 * ms));
        model.begin(20 * ms);
        feed(model);
        model.close();
        model.finish(0, "end");
    });
}

std::int64_t peak(const std::function<void(Model &)> &feed)
{
    const auto processes = of_type(rows(feed), "process");
    return processes.size() == 1 ? processes[0]["peak_bytes_per_s"].get<std::int64_t>() : -1;
}

TEST(Deferred, TheIntervalSaysHowLateReadingsWere)
{
    const auto intervals = of_type(rows([](Model &model) {
                                       model.tick(0, tick(21, 21));
                                       model.tick(0, tick(22, 21));
                                       model.tick(1, tick(25, 21));
                                       model.tick(1, tick(26, 24));
                                       model.tick(0, tick(26, 26));
                                   }),
                                   "interval");
    ASSERT_EQ(intervals.size(), 1u);
    EXPECT_EQ(intervals[0]["lag_ns"], 5 * ms) << "what is read in 26 had been left since 21";
}

TEST(Deferred, ModulesTicksAreBehindUntilTheyHaveToldAll)
{
    rows([](Model &model) {
        model.tick(0, tick(22, 21));
        model.tick(1, tick(22, 22));
        EXPECT_EQ(model.behind_at(23 * ms), 2 * ms);
        EXPECT_EQ(model.behind_at(21 * ms), 0u);
        model.tick(0, tick(24, 23));
        EXPECT_EQ(model.behind_at(23 * ms), 0u);
    });
}

TEST(Deferred, NothingIsLateIfEveryTickIsComplete)
{
    const auto intervals = of_type(rows([](Model &model) { model.tick(0, tick(21, 21)); }), "interval");
    ASSERT_EQ(intervals.size(), 1u);
    EXPECT_EQ(intervals[0]["lag_ns"], 0);
}

// 6000 bytes of slots 23, 24 and 25: not 6 MB/s, as for one slot, but 2.
TEST(Deferred, BytesOfSeveralSlotsAreNoPeakOfOne)
{
    EXPECT_EQ(peak([](Model &model) {
                  model.rdt_sample(0, moved(21, 0));
                  model.tick(0, tick(22, 22));
                  model.tick(0, tick(24, 22));
                  model.rdt_sample(0, moved(25, 6000, MC_FLAG_DEFERRED));
              }),
              2'000'000);
}

// The CPU that reads is not behind: another left it to read.
TEST(Deferred, AnotherCpuOfTheDomainMayBeBehind)
{
    EXPECT_EQ(peak([](Model &model) {
                  model.rdt_sample(1, moved(21, 0));
                  model.tick(0, tick(24, 22));
                  model.tick(1, tick(24, 24));
                  model.rdt_sample(1, moved(25, 6000, MC_FLAG_DEFERRED));
              }),
              2'000'000);
}

// Read in 24: what comes after is of slot 25 alone, however far back the CPU is.
TEST(Deferred, WhatWasReadSinceBoundsIt)
{
    EXPECT_EQ(peak([](Model &model) {
                  model.rdt_sample(0, moved(24, 0));
                  model.tick(0, tick(24, 22));
                  model.rdt_sample(0, moved(25, 6000, MC_FLAG_DEFERRED));
              }),
              6'000'000);
}

// By a CPU's soft RMID and by another's in the same slot.
TEST(Deferred, TwoReadingsOfOneSlotAddUp)
{
    EXPECT_EQ(peak([](Model &model) {
                  model.tick(0, tick(24, 24));
                  model.tick(1, tick(24, 24));
                  model.rdt_sample(0, moved(25, 0, MC_FLAG_SOFT));
                  model.rdt_sample(1, moved(25, 6000, MC_FLAG_SOFT));
                  model.rdt_sample(1, moved(25, 8000, MC_FLAG_SOFT));
              }),
              8'000'000);
}

// Only the general way knows of it.
TEST(Deferred, TheQuickWayLeavesItToTheOther)
{
    rows([](Model &model) {
        model.rdt_sample(0, moved(21, 1000));
        model.rdt_sample(0, moved(22, 2000));
        EXPECT_TRUE(model.quick_sample(22 * ms, moved(23, 3000)));
        EXPECT_FALSE(model.quick_sample(23 * ms, moved(24, 4000, MC_FLAG_DEFERRED)));
    });
}

} // namespace
} // namespace memory_collector
