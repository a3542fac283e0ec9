// SPDX-License-Identifier: GPL-2.0-only
//
// What no machine says, and a damaged recording may; and intervals that change
// their length.
#include "model_support.h"
#include "support/error.h"

#include <gtest/gtest.h>

#include <limits>

namespace memory_collector {
namespace {

using testing::domain_event;
using testing::live_options;
using testing::ms;
using testing::of_type;
using testing::rows_of;

constexpr std::uint64_t most = std::numeric_limits<std::uint64_t>::max();

TEST(ModelDamage, ARunBeginsAtATimeThatAClockShows)
{
    rows_of([](Sink &sink) {
        Model model{live_options(), sink};
        EXPECT_THROW(model.begin(most - 5), Error);
    });
}

TEST(ModelDamage, EveryTickThereIsWasMissed)
{
    rows_of([](Sink &sink) {
        Model model{live_options(), sink};
        mc_tick tick{};
        tick.slot_ns = ms;
        model.tick(0, tick);
        tick.slot_ns = 2 * ms;
        tick.missed = most;
        model.tick(0, tick);
        model.begin(2 * ms);
        model.close();
    });
}

TEST(ModelDamage, BytesBeyondWhatIsSigned)
{
    const auto rows = rows_of([](Sink &sink) {
        Model model{live_options(), sink};
        model.sampled_every(ms, MC_MODE_RDT);
        model.assume_from_start();
        model.begin(ms);
        model.domain_sample(0, domain_event(2 * ms, 39021, most / 2 + 5000));
        model.close();
    });
    const auto domains = of_type(rows, "domain");
    ASSERT_EQ(domains.size(), 1U);
    EXPECT_EQ(domains[0]["total_bytes"], 39021);
    EXPECT_EQ(domains[0]["unattributed_bytes"], 39021);
}

TEST(ModelInterval, GetsLongerAndShorterAtItsMultiples)
{
    const auto rows = rows_of([](Sink &sink) {
        Model model{live_options(), sink};
        model.sampled_every(10 * ms, MC_MODE_SOFTWARE);
        model.begin(3 * ms);
        model.close();
        model.set_interval(40 * ms);
        model.close();
        model.close();
        model.set_interval(20 * ms);
        model.close();
    });
    std::vector<std::pair<std::uint64_t, std::uint64_t>> found;
    for (const auto &row : of_type(rows, "interval"))
        found.emplace_back(row["start_ns"].get<std::uint64_t>() / ms,
                           row["end_ns"].get<std::uint64_t>() / ms);
    const std::vector<std::pair<std::uint64_t, std::uint64_t>> expected{
        {3, 10}, {10, 40}, {40, 80}, {80, 100}};
    EXPECT_EQ(found, expected);
}

TEST(ModelInterval, WhatWasKeptForTheNextIsOfTheLongerOne)
{
    const auto rows = rows_of([](Sink &sink) {
        Model model{live_options(), sink};
        model.sampled_every(10 * ms, MC_MODE_SOFTWARE);
        model.begin(1 * ms);
        mc_process_sample sample{};
        sample.pid = 7;
        sample.start_time_ns = 1;
        sample.slot_ns = 5 * ms;
        sample.cpu_time_ns = 100;
        model.process_sample(0, sample);
        sample.slot_ns = 25 * ms;
        sample.cpu_time_ns = 300;
        model.process_sample(0, sample);
        model.close();
        model.set_interval(40 * ms);
        model.close();
    });
    std::uint64_t used = 0;
    for (const auto &row : of_type(rows, "process"))
        if (row["end_ns"] == 40 * ms)
            used += row["cpu_time_ns"].get<std::uint64_t>();
    EXPECT_EQ(used, 200U);
}

} // namespace
} // namespace memory_collector
