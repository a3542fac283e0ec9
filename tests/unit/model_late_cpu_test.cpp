// SPDX-License-Identifier: GPL-2.0-only
//
// A CPU that says nothing any more holds the others up for a while, and not for ever.
#include "model_support.h"
#include "null_sink.h"

#include <gtest/gtest.h>

namespace memory_collector {
namespace {

using testing::ms;

class LastInterval : public testing::NullSink {
public:
    void interval(const IntervalRow &row) override { end_ns = row.end_ns; }
    std::uint64_t end_ns = 0;
};

// Two CPUs, of which the second falls silent after slot 1020 (ms). Returns the end of the last
// interval of 10 ms that was out when the first had been read until `now`.
std::uint64_t closed_until(std::uint64_t now_ms)
{
    testing::SimulationOptions options;
    options.cpus = 2;
    options.slots = 500;
    const testing::Simulation simulation{options};
    const auto pages = testing::pages_of(simulation.streams());
    LastInterval sink;
    ModelOptions model_options;
    model_options.interval_ns = 10 * ms;
    testing::Feed feed{options.cpus, 64, model_options, sink};
    Merger<RingCursor> merger{testing::plain_table(), feed.model, feed.cursors};
    std::vector<std::size_t> at(pages.size());
    for (std::uint64_t now = options.first_slot; now <= now_ms; now += 5) {
        for (std::size_t cpu = 0; cpu < pages.size(); cpu++) {
            const std::uint64_t last = cpu == 1 ? std::min<std::uint64_t>(now, 1020) : now;
            while (at[cpu] < pages[cpu].size() && pages[cpu][at[cpu]].slot <= last * ms)
                feed.give(cpu, pages[cpu][at[cpu]++].page);
        }
        merger.run(now * ms);
        merger.close_before(now * ms - Merger<RingCursor>::settle_ns);
    }
    return sink.end_ns / ms;
}

constexpr std::uint64_t grace_ms = Merger<RingCursor>::grace_ns / ms;

TEST(LateCpu, IsWaitedForAWhile)
{
    // Domain 1 has not told how it stood at 1020.
    EXPECT_EQ(closed_until(1020 + grace_ms - 10), 1010u);
}

TEST(LateCpu, DoesNotHoldAnIntervalBackForEver)
{
    // One grace for its slots, one for the interval's end.
    EXPECT_GE(closed_until(1030 + 2 * grace_ms + 20), 1030u);
    EXPECT_GE(closed_until(1490), 1490 - 2 * grace_ms - 20);
}

} // namespace
} // namespace memory_collector
