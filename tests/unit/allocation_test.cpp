// SPDX-License-Identifier: GPL-2.0-only
//
// Reading allocates for processes and for intervals, never for an event.
#include "allocation_support.h"
#include "model_support.h"
#include "null_sink.h"

#include <gtest/gtest.h>

namespace memory_collector {
namespace {

using testing::ms;

class DroppingSink : public testing::NullSink {
public:
    void process(const ProcessRow &) override { rows++; }
    std::uint64_t rows = 0;
};

struct Cost {
    std::uint64_t allocations = 0;
    std::uint64_t events = 0;
};

// Feeds a machine's ring pages to the model as `run` does: first what makes it
// know the processes, then `slots` more, of which the allocations are counted.
Cost reading(std::uint64_t slots)
{
    testing::SimulationOptions options;
    options.slots = 200 + slots;
    const testing::Simulation simulation{options};
    const auto pages = testing::pages_of(simulation.streams());
    DroppingSink sink;
    ModelOptions model_options;
    // Longer than the run: intervals cost what their rows cost.
    model_options.interval_ns = 100'000 * ms;
    testing::Feed feed{options.cpus, 64, model_options, sink};
    Merger<RingCursor> merger{testing::plain_table(), feed.model, feed.cursors};
    std::vector<std::size_t> at(pages.size());
    const auto feed_until = [&](std::uint64_t slot) {
        for (bool more = true; more;) {
            more = false;
            for (std::size_t cpu = 0; cpu < pages.size(); cpu++)
                while (at[cpu] < pages[cpu].size() && pages[cpu][at[cpu]].slot <= slot) {
                    if (feed.cursors[cpu].full()) {
                        more = true;
                        break;
                    }
                    feed.give(cpu, pages[cpu][at[cpu]++].page);
                }
            merger.run(Merger<RingCursor>::nothing);
        }
    };
    feed_until((options.first_slot + 200) * ms);
    Cost cost;
    const std::uint64_t before = testing::allocations();
    feed_until(simulation.last_slot_ns());
    cost.allocations = testing::allocations() - before;
    for (const auto &stream : simulation.streams())
        for (const testing::Event &event : stream)
            cost.events += event.slot > (options.first_slot + 200) * ms ? 1 : 0;
    EXPECT_EQ(feed.model.malformed_events(), 0u);
    return cost;
}

TEST(Allocation, TheCounterCounts)
{
    const std::uint64_t before = testing::allocations();
    const auto one = std::make_unique<int>(1);
    EXPECT_EQ(testing::allocations(), before + 1);
    EXPECT_NE(one, nullptr);
}

TEST(Allocation, NoneForAnEvent)
{
    const Cost some = reading(200);
    const Cost many = reading(2000);
    EXPECT_GT(some.events, 1000u);
    EXPECT_GT(many.events, 8 * some.events);
    EXPECT_EQ(some.allocations, 0u);
    EXPECT_EQ(many.allocations, 0u);
}

} // namespace
} // namespace memory_collector
