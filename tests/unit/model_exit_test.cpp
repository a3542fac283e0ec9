// SPDX-License-Identifier: GPL-2.0-only
//
// When a process's total is out: with its last bytes, in whatever slot they come.
#include "model_support.h"

#include <gtest/gtest.h>

namespace memory_collector {
namespace {

using testing::ms;
using testing::of_type;
using testing::rows_of;

mc_rdt_sample sample(std::uint32_t domain, std::uint64_t slot, std::uint64_t total)
{
    mc_rdt_sample event{};
    event.slot_ns = slot * ms;
    event.start_time_ns = 20 * ms + 1;
    event.pid = 100;
    event.domain = domain;
    event.total_bytes = total;
    return event;
}

mc_process_exit exit_of(std::uint64_t slot, std::uint64_t total)
{
    mc_process_exit event{};
    event.slot_ns = slot * ms;
    event.start_time_ns = 20 * ms + 1;
    event.pid = 100;
    event.total_bytes = total;
    return event;
}

// Intervals of 1 ms from 20 ms on; `feed` gets the model and closes as it likes.
std::vector<nlohmann::json> totals(const std::function<void(Model &)> &feed)
{
    return of_type(rows_of([&](Sink &sink) {
                       ModelOptions options;
                       options.interval_ns = ms;
                       Model model{options, sink};
                       model.assume_from_start();
                       model.begin(20 * ms);
                       feed(model);
                       model.finish(0, "end");
                   }),
                   "process_total");
}

TEST(Exit, WaitsForBytesThatAnotherDomainReadsInALaterSlot)
{
    const auto rows = totals([](Model &model) {
        model.rdt_sample(0, sample(0, 21, 1000));
        model.process_exit(0, exit_of(21, 1500));
        model.close();
        model.rdt_sample(1, sample(1, 22, 500));
        model.close();
    });
    ASSERT_EQ(rows.size(), 1u);
    EXPECT_EQ(rows[0]["total_bytes"], 1500);
    EXPECT_EQ(rows[0]["end_ns"], 22 * ms);
    EXPECT_EQ(rows[0]["flags"], nlohmann::json::array({"exited"}));
}

TEST(Exit, IsOutAtOnceIfNothingIsMissing)
{
    std::size_t open = 0;
    const auto rows = totals([&](Model &model) {
        model.rdt_sample(0, sample(0, 21, 1000));
        model.process_exit(0, exit_of(21, 1000));
        for (int i = 0; i < 1100; i++)
            model.close();
        open = model.live_processes();
    });
    ASSERT_EQ(rows.size(), 1u);
    EXPECT_EQ(rows[0]["end_ns"], 21 * ms);
    EXPECT_EQ(open, 0u) << "forgotten after a second";
}

TEST(Exit, DoesNotWaitForeverForBytesThatWereLost)
{
    std::size_t open = 0;
    const auto rows = totals([&](Model &model) {
        model.rdt_sample(0, sample(0, 21, 1000));
        model.process_exit(0, exit_of(21, 1500));
        for (int i = 0; i < 2200; i++)
            model.close();
        open = model.live_processes();
    });
    ASSERT_EQ(rows.size(), 1u);
    EXPECT_EQ(rows[0]["total_bytes"], 1000);
    EXPECT_EQ(open, 0u);
}

// It was gone from /proc before its last sample and its exit had been read.
TEST(Exit, OfAProcessThatIsGoneWaitsForWhatIsUnread)
{
    const auto rows = totals([](Model &model) {
        const auto gone = [](const ProcessKey &) { return true; };
        model.rdt_sample(0, sample(0, 21, 1000));
        for (int i = 0; i < 10; i++)
            model.close();
        model.reap(100'000, gone);
        model.close();
        model.reap(100'000, gone);
        model.close();
        model.rdt_sample(0, sample(0, 33, 1200));
        model.process_exit(0, exit_of(33, 1200));
        model.close();
    });
    ASSERT_EQ(rows.size(), 1u);
    EXPECT_EQ(rows[0]["total_bytes"], 1200);
}

TEST(Exit, ThatWasLostIsFoundOut)
{
    std::size_t open = 0;
    const auto rows = totals([&](Model &model) {
        const auto gone = [](const ProcessKey &key) { return key.pid == 100; };
        model.rdt_sample(0, sample(0, 21, 1000));
        for (std::uint64_t slot = 22; slot < 4000; slot++) {
            mc_rdt_sample other = sample(0, slot, slot);
            other.pid = 101;
            model.rdt_sample(0, other);
            model.close();
            model.reap(100'000, gone);
        }
        open = model.live_processes();
    });
    ASSERT_EQ(rows.size(), 2u);
    EXPECT_EQ(rows[0]["pid"], 100);
    EXPECT_EQ(rows[0]["flags"], nlohmann::json::array({"exited"}));
    EXPECT_EQ(open, 1u);
}

} // namespace
} // namespace memory_collector
