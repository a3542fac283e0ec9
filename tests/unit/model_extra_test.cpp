// SPDX-License-Identifier: GPL-2.0-only
//
// Columns that a source may add: counts, levels and peaks over intervals.
#include "model_support.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace memory_collector {
namespace {

using nlohmann::json;
using testing::ms;
using testing::of_type;
using testing::rows_of;

constexpr ProcessKey alice{5, 100};
constexpr ProcessKey bob{6, 200};

ModelOptions options()
{
    ModelOptions options;
    options.interval_ns = 10 * ms;
    options.live = true;
    return options;
}

ExtraSet measured()
{
    return extras(Extra::reclaim_ns, Extra::footprint_bytes, Extra::rss_peak_bytes);
}

TEST(ExtraColumns, CountsAreWhatAnIntervalAddsLevelsAsOfItsEndPeaksItsLargest)
{
    const auto rows = rows_of([](Sink &sink) {
        Model model{options(), sink};
        model.measure_extra(measured());
        model.process_extra(alice, Extra::reclaim_ns, 1000); // before the run
        model.begin(0);
        model.process_extra(alice, Extra::reclaim_ns, 1300);
        model.process_extra(alice, Extra::footprint_bytes, 8192);
        model.process_extra(alice, Extra::rss_peak_bytes, 500);
        model.process_extra(alice, Extra::rss_peak_bytes, 400);
        model.close();
        model.process_extra(alice, Extra::reclaim_ns, 1350);
        model.process_extra(alice, Extra::footprint_bytes, 4096);
        model.process_extra(alice, Extra::rss_peak_bytes, 100);
        model.close();
        model.finish(0, "end");
    });
    const auto processes = of_type(rows, "process");
    ASSERT_EQ(processes.size(), 2u);
    EXPECT_EQ(processes[0]["reclaim_ns"], 300);
    EXPECT_EQ(processes[0]["footprint_bytes"], 8192);
    EXPECT_EQ(processes[0]["rss_peak_bytes"], 500);
    EXPECT_EQ(processes[0]["fault_ns"], json{}) << "not measured";
    EXPECT_EQ(processes[1]["reclaim_ns"], 50);
    EXPECT_EQ(processes[1]["footprint_bytes"], 4096);
    EXPECT_EQ(processes[1]["rss_peak_bytes"], 100);
    const auto totals = of_type(rows, "process_total");
    ASSERT_EQ(totals.size(), 1u);
    EXPECT_EQ(totals[0]["reclaim_ns"], 350);
    EXPECT_EQ(totals[0]["footprint_bytes"], 4096);
    EXPECT_EQ(totals[0]["rss_peak_bytes"], 500);
}

TEST(ExtraColumns, WhatDoesNotChangeMakesNoRow)
{
    const auto rows = rows_of([](Sink &sink) {
        Model model{options(), sink};
        model.measure_extra(measured());
        model.begin(0);
        for (int i = 0; i < 3; i++) {
            model.process_extra(alice, Extra::reclaim_ns, 7);
            model.process_extra(alice, Extra::footprint_bytes, 8192);
            model.close();
        }
        model.finish(0, "end");
    });
    EXPECT_EQ(of_type(rows, "process").size(), 1u);
}

TEST(ExtraColumns, APeakToldAgainIsThatOfItsOwnInterval)
{
    const auto rows = rows_of([](Sink &sink) {
        Model model{options(), sink};
        model.measure_extra(measured());
        model.begin(0);
        for (const std::uint64_t most : {900u, 300u, 300u, 200u}) {
            model.process_extra(alice, Extra::rss_peak_bytes, most);
            model.close();
        }
        // It says nothing new, but the row that it has for another reason has it.
        model.process_extra(alice, Extra::rss_peak_bytes, 200);
        model.process_extra(alice, Extra::reclaim_ns, 1);
        model.close();
        model.finish(0, "end");
    });
    const auto processes = of_type(rows, "process");
    ASSERT_EQ(processes.size(), 4u) << "the third interval changes nothing";
    EXPECT_EQ(processes[0]["rss_peak_bytes"], 900);
    EXPECT_EQ(processes[1]["rss_peak_bytes"], 300);
    EXPECT_EQ(processes[2]["rss_peak_bytes"], 200);
    EXPECT_EQ(processes[3]["rss_peak_bytes"], 200);
    EXPECT_EQ(of_type(rows, "process_total")[0]["rss_peak_bytes"], 900);
}

TEST(ExtraColumns, SwitchedOffTheyAreNullAndOnAgainCountAnew)
{
    const auto rows = rows_of([](Sink &sink) {
        Model model{options(), sink};
        model.measure_extra(measured());
        model.begin(0);
        model.process_extra(alice, Extra::reclaim_ns, 100);
        model.process_extra(bob, Extra::footprint_bytes, 1);
        model.close();
        model.measure_extra({});
        model.process_extra(bob, Extra::footprint_bytes, 2);
        model.close();
        model.measure_extra(measured());
        model.process_extra(alice, Extra::reclaim_ns, 30); // by a program that began anew
        model.process_extra(bob, Extra::footprint_bytes, 3);
        model.close();
        model.finish(0, "end");
    });
    const auto processes = of_type(rows, "process");
    ASSERT_EQ(processes.size(), 5u);
    EXPECT_EQ(processes[0]["reclaim_ns"], 100);
    EXPECT_EQ(processes[1]["reclaim_ns"], 0) << "measured, and it did nothing";
    EXPECT_EQ(processes[2]["pid"], 200);
    EXPECT_EQ(processes[2]["reclaim_ns"], json{});
    EXPECT_EQ(processes[2]["footprint_bytes"], json{});
    EXPECT_EQ(processes[3]["reclaim_ns"], 30);
    EXPECT_EQ(of_type(rows, "process_total")[0]["reclaim_ns"], 130);
}

TEST(ExtraColumns, WhatIsHeldByKernelMemoryIsFlaggedAsApproximate)
{
    const auto rows = rows_of([](Sink &sink) {
        Model model{options(), sink};
        model.measure_extra(extras(Extra::kmem_page_bytes, Extra::kmem_page_held_bytes));
        model.begin(0);
        model.process_extra(alice, Extra::kmem_page_bytes, 8192);
        model.process_extra(alice, Extra::kmem_page_held_bytes, 4096);
        model.process_extra(bob, Extra::kmem_page_bytes, 4096);
        model.close();
        model.finish(0, "end");
    });
    for (const char *const type : {"process", "process_total"}) {
        const auto processes = of_type(rows, type);
        ASSERT_EQ(processes.size(), 2u);
        for (const json &row : processes) {
            const bool held = !row["kmem_page_held_bytes"].is_null();
            EXPECT_EQ(held, row["pid"] == alice.pid);
            const auto &flags = row["flags"];
            EXPECT_EQ(std::find(flags.begin(), flags.end(), "held_approximate") != flags.end(), held) << row;
        }
    }
}

TEST(ExtraColumns, VirtualSizeIsAsOfTheLastSample)
{
    const auto rows = rows_of([](Sink &sink) {
        Model model{options(), sink};
        model.begin(0);
        mc_process_sample sample{};
        sample.pid = alice.pid;
        sample.start_time_ns = alice.start_time_ns;
        sample.slot_ns = 5 * ms;
        model.process_sample(0, sample);
        model.process_virtual(alice, 10);
        sample.pid = bob.pid;
        sample.start_time_ns = bob.start_time_ns;
        model.process_sample(0, sample);
        model.close();
        model.finish(0, "end");
    });
    for (const char *const type : {"process", "process_total"})
        for (const json &row : of_type(rows, type))
            EXPECT_EQ(row["virtual_bytes"], row["pid"] == alice.pid ? json(10 * 4096) : json{}) << type;
}

} // namespace
} // namespace memory_collector
