// SPDX-License-Identifier: GPL-2.0-only
//
// Intervals that end before their time: the module goes, or starts anew.
#include "model_support.h"

#include <gtest/gtest.h>

namespace memory_collector {
namespace {

using nlohmann::json;
using testing::domain_event;
using testing::early_process;
using testing::live_options;
using testing::moved_event;
using testing::ms;
using testing::of_type;
using testing::rows_of;
using testing::state_event;

TEST(EarlyEnd, AnIntervalThatHadJustBegunHasALength)
{
    const auto rows = rows_of([](Sink &sink) {
        Model model{live_options(), sink};
        model.begin(20 * ms);
        model.suspend(model.last_slot(), "module_gone");
        model.finish(0, "end");
    });
    const auto intervals = of_type(rows, "interval");
    ASSERT_EQ(intervals.size(), 1u);
    EXPECT_EQ(intervals[0]["start_ns"], 20 * ms);
    EXPECT_EQ(intervals[0]["end_ns"], 21 * ms);
    EXPECT_EQ(intervals[0]["reason"], "module_gone");
}

TEST(EarlyEnd, ARestartInTheFirstSlotLeavesNoEmptyInterval)
{
    const auto rows = rows_of([](Sink &sink) {
        Model model{live_options(), sink};
        model.begin(20 * ms);
        model.state(0, state_event(MC_STATE_STARTED, 20 * ms));
        model.rdt_sample(0, moved_event(21 * ms, 1000));
        model.domain_sample(0, domain_event(21 * ms, 1000, 0));
        model.finish(25 * ms, "end");
    });
    const auto intervals = of_type(rows, "interval");
    ASSERT_EQ(intervals.size(), 1u);
    EXPECT_EQ(intervals[0]["start_ns"], 20 * ms);
    EXPECT_EQ(intervals[0]["end_ns"], 25 * ms);
}

TEST(EarlyEnd, ARestartEndsTheIntervalOnce)
{
    const auto rows = rows_of([](Sink &sink) {
        Model model{live_options(), sink};
        model.begin(20 * ms);
        model.rdt_sample(0, moved_event(22 * ms, 1000));
        model.state(0, state_event(MC_STATE_STARTED, 24 * ms));
        model.rdt_sample(0, moved_event(25 * ms, 300));
        model.finish(26 * ms, "end");
    });
    const auto intervals = of_type(rows, "interval");
    ASSERT_EQ(intervals.size(), 2u);
    EXPECT_EQ(intervals[0]["end_ns"], 24 * ms);
    EXPECT_EQ(intervals[0]["reason"], "restarted");
    EXPECT_EQ(intervals[1]["start_ns"], 24 * ms);
    const auto processes = of_type(rows, "process");
    ASSERT_EQ(processes.size(), 2u);
    EXPECT_EQ(processes[1]["total_bytes"], 300) << "counts begin anew";
}

// Found by ring_fuzz: the second start is of a time before the first.
TEST(EarlyEnd, ARestartOfATimeThatWasReportedGoesOnFromThere)
{
    const auto rows = rows_of([](Sink &sink) {
        Model model{live_options(), sink};
        model.begin(20 * ms);
        model.rdt_sample(0, moved_event(22 * ms, 1000));
        model.state(0, state_event(MC_STATE_STARTED, 24 * ms));
        model.state(0, state_event(MC_STATE_STARTED, 3 * ms));
        model.rdt_sample(0, moved_event(25 * ms, 300));
        model.finish(26 * ms, "end");
    });
    const auto intervals = of_type(rows, "interval");
    ASSERT_EQ(intervals.size(), 2u);
    EXPECT_EQ(intervals[0]["end_ns"], 24 * ms);
    EXPECT_EQ(intervals[1]["start_ns"], 24 * ms);
    EXPECT_EQ(intervals[1]["end_ns"], 26 * ms);
}

// The sample of slot 22 was read, the domain's word on that slot was not.
TEST(EarlyEnd, ASlotThatWasNotClosedCountsAsFarAsItIsKnown)
{
    const auto rows = rows_of([](Sink &sink) {
        Model model{live_options(), sink};
        model.state(0, state_event(MC_STATE_STARTED, 20 * ms));
        model.begin(20 * ms);
        model.rdt_sample(0, moved_event(21 * ms, 1000));
        model.domain_sample(0, domain_event(21 * ms, 1700, 700));
        model.rdt_sample(0, moved_event(22 * ms, 4000));
        model.suspend(22 * ms, "module_gone");
        model.finish(0, "end");
    });
    const auto domains = of_type(rows, "domain");
    ASSERT_EQ(domains.size(), 1u);
    EXPECT_EQ(domains[0]["total_bytes"], 4700);
    EXPECT_EQ(domains[0]["unattributed_bytes"], 700);
    EXPECT_EQ(domains[0]["lost_bytes"], 0);
}

// Its bytes were all moved in the slot that ends with the sample.
TEST(EarlyEnd, ThePeakOfASleeperIsThatOfTheSlotInWhichItRan)
{
    const auto rows = rows_of([](Sink &sink) {
        Model model{live_options(), sink};
        model.state(0, state_event(MC_STATE_STARTED, 20 * ms));
        model.begin(20 * ms);
        mc_tick tick{};
        for (std::uint64_t slot = 21; slot <= 29; slot++) {
            if (slot == 22 || slot == 28)
                model.rdt_sample(0, moved_event(slot * ms, slot == 22 ? 1000 : 6000));
            tick.slot_ns = slot * ms;
            model.tick(0, tick);
        }
        // Seen by a sweep: moved at some time since the last sample.
        mc_rdt_sample swept = moved_event(30 * ms, 16000);
        swept.flags = MC_FLAG_SWEEP;
        model.rdt_sample(0, swept);
        model.close();
        model.finish(0, "end");
    });
    const auto processes = of_type(rows, "process");
    ASSERT_EQ(processes.size(), 1u);
    EXPECT_EQ(processes[0]["total_bytes"], 16000);
    EXPECT_EQ(processes[0]["peak_bytes_per_s"], 5'000'000);
}

// Of a process that slept since process_sample was enabled only the dump tells
// what it had used before.
TEST(EarlyEnd, TheDumpInARecordingTellsWhatWasUsedUntilThen)
{
    const auto rows = rows_of([](Sink &sink) {
        ModelOptions options = live_options();
        options.live = false;
        Model model{options, sink};
        model.assume_from_start();
        mc_process_sample sample{};
        sample.start_time_ns = early_process.start_time_ns;
        sample.pid = early_process.pid;
        sample.slot_ns = 21 * ms;
        sample.cpu_time_ns = 26 * ms;
        sample.min_flt = 52;
        sample.flags = MC_FLAG_EXISTING;
        model.process_sample(0, sample);
        model.close();
        sample.slot_ns = 31 * ms;
        sample.cpu_time_ns = 28 * ms;
        sample.min_flt = 53;
        sample.flags = 0;
        model.process_sample(0, sample);
        model.close();
        model.finish(0, "end");
    });
    const auto processes = of_type(rows, "process");
    ASSERT_EQ(processes.size(), 2u);
    EXPECT_EQ(processes[0]["cpu_time_ns"], 26 * ms);
    EXPECT_EQ(processes[1]["cpu_time_ns"], 2 * ms);
    EXPECT_EQ(processes[1]["min_flt"], 1);
}

} // namespace
} // namespace memory_collector
