// SPDX-License-Identifier: GPL-2.0-only
//
// When the workloads' operations are due, how lateness is counted, and how memory grows: each
// held against a second way of computing it.
#include "lab/growth.h"
#include "lab/histogram.h"
#include "lab/pacing.h"
#include "lab/random.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

namespace memory_collector::lab {
namespace {

TEST(LabSchedule, EveryOperationIsInOneBatchAndDueWhenItsNumberSays)
{
    for (const std::uint64_t rate : {1u, 3u, 40u, 2000u, 400'000u, 50'000'000u})
        for (const std::uint64_t workers : {1u, 4u, 7u})
            for (const std::uint64_t duration : {1'000'000'000ull, 1'500'000'000ull, 3'000'000'007ull}) {
                const Schedule schedule{rate, duration, workers};
                const auto exact = static_cast<long double>(rate) * static_cast<long double>(duration) / 1e9L;
                EXPECT_EQ(schedule.total(), static_cast<std::uint64_t>(std::ceil(exact)));
                std::uint64_t operations = 0;
                for (std::uint64_t batch = 0; batch < schedule.batches(); batch++) {
                    const auto due =
                        static_cast<long double>(operations) * 1e9L / static_cast<long double>(rate);
                    ASSERT_NEAR(static_cast<double>(schedule.due_ns(batch)), static_cast<double>(due), 1.0)
                        << rate << " a second, batch " << batch;
                    ASSERT_LT(schedule.due_ns(batch), duration);
                    operations += schedule.in_batch(batch);
                }
                EXPECT_EQ(operations, schedule.total());
            }
}

TEST(LabSchedule, DoesNotOverflowInTheLongestRun)
{
    const Schedule schedule{50'000'000, 3600 * ns_per_s, 1};
    EXPECT_EQ(schedule.total(), 180'000'000'000u);
    const std::uint64_t last = schedule.batches() - 1;
    EXPECT_LT(schedule.due_ns(last), 3600 * ns_per_s);
    EXPECT_GT(schedule.due_ns(last), 3599 * ns_per_s);
}

TEST(LabSchedule, CountsWhatWasDueBeforeATime)
{
    const Schedule schedule{40, 2 * ns_per_s, 4};
    EXPECT_EQ(schedule.due_before(0), 0u);
    EXPECT_EQ(schedule.due_before(1), 1u);
    EXPECT_EQ(schedule.due_before(25'000'000), 1u);
    EXPECT_EQ(schedule.due_before(25'000'001), 2u);
    EXPECT_EQ(schedule.due_before(ns_per_s), 40u);
    EXPECT_EQ(schedule.due_before(9 * ns_per_s), 80u);
}

TEST(LabHistogram, QuantilesAreThoseOfTheSortedValuesToA32nd)
{
    Random random{7};
    Histogram first;
    Histogram second;
    std::vector<std::uint64_t> values;
    for (int i = 0; i < 20'000; i++) {
        // All sizes, and zero.
        const std::uint64_t value = random.next() >> random.below(64);
        values.push_back(i % 100 == 0 ? 0 : value);
        (i % 2 == 0 ? first : second).add(values.back());
    }
    first.add(second);
    std::sort(values.begin(), values.end());
    ASSERT_EQ(first.count(), values.size());
    EXPECT_EQ(first.most(), values.back());
    for (const double share : {0.0, 0.1, 0.5, 0.9, 0.99, 0.999}) {
        const auto exact = static_cast<double>(values[static_cast<std::size_t>(share * 20'000)]);
        const auto shown = static_cast<double>(first.quantile(share));
        EXPECT_GE(shown, exact) << share;
        EXPECT_LE(shown, exact * (1 + 1.0 / 32) + 1) << share;
    }
    EXPECT_EQ(first.quantile(1), values.back());
    EXPECT_EQ(Histogram{}.quantile(0.5), 0u);
}

TEST(LabShape, GrowthIsTheSumOfItsSteps)
{
    const std::uint64_t mib = 1 << 20;
    for (const Shape &shape : {Shape{.bytes_per_second = 16 * mib, .peak = 256 * mib},
                               Shape{.bytes_per_second = 100 * mib, .peak = 50 * mib, .repeats = true},
                               Shape{.bytes_per_second = 64 * mib,
                               .peak = 16 * mib,
                               .hold_ns = 100 * ns_per_ms,
                               .rest_ns = 300 * ns_per_ms,
                               .repeats = true}}) {
        std::uint64_t before = 0;
        double sum = 0;
        for (std::uint64_t ns = 0; ns <= 3 * ns_per_s; ns += ns_per_ms) {
            const std::uint64_t held = shape.held(ns);
            ASSERT_LE(held, shape.peak);
            // What came, or after all was given back came anew.
            sum += static_cast<double>(held >= before ? held - before : held);
            before = held;
            // A step of a millisecond may lose the top of a tooth.
            const auto lost = static_cast<double>(shape.bytes_per_second) / 1000 *
                              static_cast<double>(1 + ns / shape.period_ns());
            ASSERT_NEAR(static_cast<double>(shape.grown(ns)), sum, lost + 1) << ns;
        }
    }
}

TEST(LabShape, BurstHoldsAndRests)
{
    const Shape burst{
        .bytes_per_second = 1000, .peak = 500, .hold_ns = ns_per_s, .rest_ns = 2 * ns_per_s, .repeats = true};
    EXPECT_EQ(burst.period_ns(), 3'500'000'000u);
    EXPECT_EQ(burst.held(250'000'000), 250u);
    EXPECT_EQ(burst.held(600'000'000), 500u);
    EXPECT_EQ(burst.held(1'499'999'999), 500u);
    EXPECT_EQ(burst.held(1'500'000'000), 0u);
    EXPECT_EQ(burst.held(3'499'999'999), 0u);
    EXPECT_EQ(burst.grown(3'600'000'000), 600u);
}

} // namespace
} // namespace memory_collector::lab
