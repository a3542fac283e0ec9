// SPDX-License-Identifier: GPL-2.0-only
//
// Intervals: against known values, and how often they hold the truth when populations that are
// known are sampled again and again.
#include "compress/reservoir.h"
#include "compress/statistics.h"

#include <cmath>
#include <random>
#include <vector>

#include <gtest/gtest.h>

using namespace memory_collector::compress;

namespace {

bool holds(const Mean &mean, double truth)
{
    return mean.low <= truth && truth <= mean.high;
}

// Samples a population so many times; how often the interval of `of` holds its mean.
template <typename Of>
double coverage(const std::vector<double> &population, std::size_t size, int rounds, Of &&of)
{
    double truth = 0;
    for (const double value : population)
        truth += value / static_cast<double>(population.size());
    int held = 0;
    for (int round = 0; round < rounds; round++) {
        Reservoir<double> reservoir{size, static_cast<std::uint64_t>(round) + 1};
        reservoir.offer(population.size(), [&](std::uint64_t i) { return population[i]; });
        held += holds(of(reservoir.take()), truth) ? 1 : 0;
    }
    return static_cast<double>(held) / rounds;
}

std::vector<double> shares(std::size_t size, double share)
{
    std::vector<double> population(size);
    for (std::size_t i = 0; i < static_cast<std::size_t>(std::lround(static_cast<double>(size) * share)); i++)
        population[i] = 1;
    return population;
}

RunningMean running(const std::vector<double> &values)
{
    RunningMean mean;
    for (const double value : values)
        mean.add(value);
    return mean;
}

} // namespace

TEST(CompressStatistics, RunningMeanIsTheTwoPassOne)
{
    const RunningMean mean = running({2, 4, 4, 4, 5, 5, 7, 9});
    EXPECT_DOUBLE_EQ(mean.mean(), 5);
    EXPECT_NEAR(mean.variance(), 32.0 / 7, 1e-12);
    EXPECT_DOUBLE_EQ(running({3}).variance(), 0);
}

TEST(CompressStatistics, WilsonsInterval)
{
    // Newcombe 1998, table I: 81 of 263 is 0.2553 to 0.3662, 0 of 20 is 0 to 0.1611.
    const Mean known = share_mean(81, 263, 1u << 30);
    EXPECT_NEAR(known.low, 0.2553, 0.00005);
    EXPECT_NEAR(known.high, 0.3662, 0.00005);
    EXPECT_NEAR(share_mean(0, 20, 1u << 30).high, 0.1611, 0.00005);
    EXPECT_DOUBLE_EQ(share_mean(0, 20, 1u << 30).low, 0);
}

TEST(CompressStatistics, AllSampledIsKnownAndNothingSampledIsNot)
{
    const Mean all = share_mean(3, 10, 10);
    EXPECT_DOUBLE_EQ(all.low, 0.3);
    EXPECT_DOUBLE_EQ(all.high, 0.3);
    const Mean none = share_mean(0, 0, 10);
    EXPECT_EQ(none.low, 0);
    EXPECT_EQ(none.high, 1);
    const Mean mean = bounded_mean(running({0.25, 0.75}), 1);
    EXPECT_DOUBLE_EQ(mean.low, 0.5);
    EXPECT_DOUBLE_EQ(mean.high, 0.5);
    EXPECT_EQ(bounded_mean(RunningMean{}, 0).high, 1);
}

TEST(CompressStatistics, ASampleThatIsAllAlikeDoesNotKnowAll)
{
    const Mean mean = bounded_mean(running(std::vector<double>(400, 0.4)), 0.001);
    EXPECT_DOUBLE_EQ(mean.value, 0.4);
    EXPECT_LT(mean.low, 0.4);
    EXPECT_GT(mean.high, 0.4);
    EXPECT_LT(mean.high - mean.low, 0.02);
}

TEST(CompressStatistics, StudentsQuantiles)
{
    // Of any table of the distribution.
    for (const auto &[degrees, quantile] : {std::pair{1, 12.706}, std::pair{4, 2.776}, std::pair{5, 2.571},
                                            std::pair{9, 2.262}, std::pair{24, 2.064}, std::pair{120, 1.980}})
        EXPECT_NEAR(student_quantile(static_cast<std::uint64_t>(degrees)), quantile, 0.001) << degrees;
    EXPECT_TRUE(std::isinf(student_quantile(0)));
}

TEST(CompressStatistics, OneTimeAloneHasNoInterval)
{
    const Mean one = measured_mean(running({5}));
    EXPECT_EQ(one.value, 5);
    EXPECT_EQ(one.low, 0);
    EXPECT_TRUE(std::isinf(one.high));
    const Mean two = measured_mean(running({4, 6}));
    EXPECT_NEAR(two.high, 5 + 12.7062, 0.001);
    EXPECT_EQ(two.low, 0); // no time is below it
}

// 95% is what is promised. Of 1000 samples 93% is three standard deviations below; Wilson's interval
// of shares near 0 is known to swing by about two points around it.
TEST(CompressStatistics, IntervalsOfSharesHoldTheTruth)
{
    for (const std::size_t pages : {1000u, 20000u})
        for (const double share : {0.005, 0.05, 0.3, 0.5, 0.9}) {
            const double held =
                coverage(shares(pages, share), 400, 1000, [&](const std::vector<double> &sample) {
                    std::uint64_t hits = 0;
                    for (const double one : sample)
                        hits += one > 0 ? 1 : 0;
                    return share_mean(hits, sample.size(), pages);
                });
            EXPECT_GE(held, 0.93) << pages << " " << share;
            EXPECT_LE(held, 0.999) << pages << " " << share;
        }
}

TEST(CompressStatistics, IntervalsOfRatiosHoldTheTruth)
{
    std::mt19937_64 random{7};
    std::uniform_real_distribution<double> uniform;
    const auto mixed = [&](double rare, double low, double high) {
        std::vector<double> population(10000);
        for (double &value : population)
            value = uniform(random) < rare ? 1 : low + (high - low) * uniform(random);
        return population;
    };
    // Text with some that does not shrink, all much alike with a rare exception, anything.
    for (const auto &population :
         {mixed(0.2, 0.3, 0.5), mixed(0.005, 0.01, 0.011), mixed(0, 0, 1), mixed(0.9, 0, 1)})
        for (const std::size_t size : {50u, 400u}) {
            const double held = coverage(population, size, 500, [&](const std::vector<double> &sample) {
                return bounded_mean(running(sample),
                                    static_cast<double>(size) / static_cast<double>(population.size()));
            });
            EXPECT_GE(held, 0.92) << size << " " << population[0];
        }
}

TEST(CompressStatistics, IntervalsOfTimesHoldTheTruth)
{
    std::mt19937_64 random{9};
    std::normal_distribution<double> normal{100, 10};
    for (const int batches : {2, 5, 25}) {
        int held = 0;
        for (int round = 0; round < 3000; round++) {
            RunningMean mean;
            for (int i = 0; i < batches; i++)
                mean.add(normal(random));
            held += holds(measured_mean(mean), 100) ? 1 : 0;
        }
        EXPECT_NEAR(held / 3000.0, 0.95, 0.015) << batches;
    }
}
