// SPDX-License-Identifier: GPL-2.0-only
//
// Processes without an RMID of their own, and the rows of their soft RMIDs.
#include "model/quick_sample.h"
#include "model_support.h"

#include <gtest/gtest.h>

namespace memory_collector {
namespace {

using testing::ms;
using testing::of_type;
using testing::rows_of;

mc_soft_sample group(std::uint32_t cpu, std::uint32_t domain, std::uint64_t slot, std::uint64_t total,
                     std::uint64_t occupancy)
{
    mc_soft_sample event{};
    event.slot_ns = slot * ms;
    event.cpu = cpu;
    event.rmid = 2 + cpu;
    event.domain = domain;
    event.total_bytes = total;
    event.local_bytes = total / 2;
    event.occupancy_bytes = occupancy;
    event.flags = MC_FLAG_SOFT;
    return event;
}

mc_rdt_sample softly(std::uint32_t pid, std::uint32_t domain, std::uint64_t slot, std::uint64_t total)
{
    mc_rdt_sample event{};
    event.slot_ns = slot * ms;
    event.start_time_ns = 20 * ms + 1;
    event.pid = pid;
    event.rmid = 2;
    event.domain = domain;
    event.total_bytes = total;
    event.local_bytes = total;
    event.flags = MC_FLAG_SOFT | MC_FLAG_OCCUPANCY_INVALID;
    return event;
}

mc_process_sample ran(std::uint32_t pid, std::uint64_t slot, std::uint32_t flags)
{
    mc_process_sample event{};
    event.slot_ns = slot * ms;
    event.start_time_ns = 20 * ms + 1;
    event.pid = pid;
    event.cpu_time_ns = slot;
    event.flags = flags;
    return event;
}

// Intervals of 10 ms from 20 ms on.
std::vector<nlohmann::json> rows(const std::function<void(Model &)> &feed, bool started = true)
{
    return rows_of([&](Sink &sink) {
        ModelOptions options;
        options.interval_ns = 10 * ms;
        Model model{options, sink};
        if (started)
            model.assume_from_start();
        model.begin(20 * ms);
        feed(model);
        model.finish(0, "end");
    });
}

TEST(Soft, ARowADomainWithTheSumOfItsCpus)
{
    const auto all = of_type(rows([](Model &model) {
                                 model.soft_sample(0, group(0, 0, 21, 1000, 300));
                                 model.soft_sample(0, group(0, 0, 22, 1600, 500));
                                 model.soft_sample(1, group(1, 0, 22, 200, 50));
                                 model.soft_sample(2, group(2, 1, 22, 70, 7));
                                 model.close();
                                 model.soft_sample(1, group(1, 0, 33, 260, 60));
                                 model.close();
                             }),
                             "soft");
    ASSERT_EQ(all.size(), 3u);
    EXPECT_EQ(all[0]["domain"], 0);
    EXPECT_EQ(all[0]["cpus"], 2);
    EXPECT_EQ(all[0]["total_bytes"], 1800);
    EXPECT_EQ(all[0]["local_bytes"], 900);
    EXPECT_EQ(all[0]["llc_bytes_mean"], 450);
    EXPECT_EQ(all[0]["llc_bytes_max"], 550);
    EXPECT_EQ(all[0]["flags"], nlohmann::json::array({"soft"}));
    EXPECT_EQ(all[1]["domain"], 1);
    EXPECT_EQ(all[1]["total_bytes"], 70);
    EXPECT_EQ(all[2]["cpus"], 1);
    EXPECT_EQ(all[2]["total_bytes"], 60);
    EXPECT_EQ(all[2]["end_ns"], 40 * ms);
}

TEST(Soft, WhatWasChargedBeforeTheRunIsNotOfIt)
{
    const auto all = of_type(rows(
                                 [](Model &model) {
                                     model.soft_sample(0, group(0, 0, 21, 1000, 300));
                                     model.soft_sample(0, group(0, 0, 22, 1600, 500));
                                     model.close();
                                 },
                                 false),
                             "soft");
    ASSERT_EQ(all.size(), 1u);
    EXPECT_EQ(all[0]["total_bytes"], 600);
}

TEST(Soft, OccupancyThatCouldNotBeReadIsNull)
{
    const auto all = of_type(rows([](Model &model) {
                                 mc_soft_sample blind = group(0, 0, 21, 1000, 0);
                                 blind.flags |= MC_FLAG_OCCUPANCY_INVALID;
                                 model.soft_sample(0, blind);
                                 model.close();
                             }),
                             "soft");
    ASSERT_EQ(all.size(), 1u);
    EXPECT_TRUE(all[0]["llc_bytes_mean"].is_null());
}

TEST(Soft, AProcessHasItsBytesAndNoCache)
{
    const auto all = of_type(rows([](Model &model) {
                                 model.rdt_sample(0, softly(100, 0, 21, 4096));
                                 model.process_sample(0, ran(100, 21, MC_FLAG_SOFT));
                                 model.process_sample(0, ran(101, 21, MC_FLAG_SOFT));
                                 model.process_sample(0, ran(102, 21, MC_FLAG_NO_RMID));
                                 model.process_sample(0, ran(103, 21, MC_FLAG_SOFT | MC_FLAG_NO_LOCAL));
                                 model.close();
                             }),
                             "process");
    ASSERT_EQ(all.size(), 4u);
    EXPECT_EQ(all[0]["total_bytes"], 4096);
    EXPECT_TRUE(all[0]["llc_bytes_mean"].is_null());
    EXPECT_EQ(all[0]["flags"], nlohmann::json::array({"soft"}));
    EXPECT_EQ(all[1]["total_bytes"], 0) << "it was measured, and moved nothing";
    EXPECT_TRUE(all[2]["total_bytes"].is_null()) << "it was not measured";
    EXPECT_EQ(all[3]["total_bytes"], 0);
    EXPECT_TRUE(all[3]["local_bytes"].is_null()) << "this machine has no such counter";
}

TEST(Soft, ManyOnOneRmidAreNotMixedUp)
{
    const auto all = of_type(rows([](Model &model) {
                                 for (std::uint64_t slot = 21; slot < 30; slot++)
                                     for (std::uint32_t pid = 100; pid < 120; pid++) {
                                         const mc_rdt_sample sample = softly(pid, 0, slot, (slot - 20) * pid);
                                         if (!model.quick_sample(0, sample))
                                             model.rdt_sample(0, sample);
                                     }
                                 model.close();
                             }),
                             "process");
    ASSERT_EQ(all.size(), 20u);
    for (const auto &row : all)
        EXPECT_EQ(row["total_bytes"], 9 * row["pid"].get<std::uint64_t>());
}

TEST(Soft, ImpossibleNumbersAreDropped)
{
    rows([](Model &model) {
        model.soft_sample(0, group(0, 1u << 20, 21, 1, 1));
        model.soft_sample(0, group(1u << 20, 0, 21, 1, 1));
        EXPECT_EQ(model.malformed_events(), 2u);
    });
}

} // namespace
} // namespace memory_collector
