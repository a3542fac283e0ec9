// SPDX-License-Identifier: GPL-2.0-only
//
// The compression policy: what is defined case by case, then what must hold for
// any estimate (seeded random ones).
#include "compress/policy.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>

#include <gtest/gtest.h>

using namespace memory_collector::compress;

namespace {

constexpr double infinite = std::numeric_limits<double>::infinity();
const Setting zstd3{Mode::zstd, 3};
const Setting fast8{Mode::lz4_fast, 8};

Mean around(double value, double doubt)
{
    return {value, value * (1 - doubt), value * (1 + doubt)};
}

SettingEstimate measured(const Setting &setting, double ratio, double compress_ns, double decompress_ns,
                         double doubt = 0.02)
{
    return {setting, around(ratio, doubt), around(compress_ns, doubt), around(decompress_ns, doubt)};
}

MemoryEstimate estimate_of(std::vector<SettingEstimate> settings)
{
    MemoryEstimate estimate;
    estimate.resident_pages = 1000;
    estimate.sampled_pages = 200;
    estimate.settings = std::move(settings);
    return estimate;
}

MemoryEstimate cold(MemoryEstimate estimate, double share = 0.95)
{
    estimate.cold_share = Mean{share, share - 0.02, std::min(1.0, share + 0.02)};
    estimate.cold_after_ns = 60'000'000'000;
    estimate.accesses_per_page_second = 0;
    return estimate;
}

const Assessment &of(const Decision &decision, const Setting &setting)
{
    return *std::find_if(decision.ranking.begin(), decision.ranking.end(),
                         [&](const Assessment &one) { return one.setting == setting; });
}

// Anything that an estimate can be, the borders among it.
MemoryEstimate random_estimate(std::mt19937 &random)
{
    const auto uniform = [&](double from, double to) {
        return std::uniform_real_distribution<double>{from, to}(random);
    };
    const auto one_in = [&](unsigned n) { return random() % n == 0; };
    MemoryEstimate estimate;
    estimate.resident_pages = 1 + random() % 100000;
    estimate.sampled_pages = one_in(8) ? random() % 40 : 30 + random() % 1000;
    const double same = one_in(3) ? 0 : uniform(0, one_in(4) ? 1 : 0.1);
    estimate.same_filled_share = {same, same * 0.9, std::min(1.0, same * 1.1)};
    if (!one_in(3)) {
        const double share = one_in(2) ? uniform(0.8, 1) : uniform(0, 1);
        estimate.cold_share = Mean{share, share * 0.97, std::min(1.0, share * 1.03)};
        estimate.cold_after_ns = 1 + random() % 100'000'000'000;
    }
    if (one_in(2))
        estimate.accesses_per_page_second = one_in(3) ? 0 : uniform(0, 10);
    const double base = one_in(3) ? uniform(0.9, 1) : uniform(0.05, 1);
    for (const Setting &setting : all_settings()) {
        if (one_in(4))
            continue;
        const double ratio =
            setting.mode == Mode::zstd ? base * uniform(0.5, 1.02) : base * uniform(0.9, 1.1);
        estimate.settings.push_back(measured(setting, std::min(ratio, 1.0),
                                             one_in(20) ? 0 : uniform(100, 1e6),
                                             one_in(20) ? 0 : uniform(100, 1e5), uniform(0, 0.1)));
    }
    std::shuffle(estimate.settings.begin(), estimate.settings.end(), random);
    return estimate;
}

constexpr int rounds = 3000;

} // namespace

TEST(CompressPolicy, ScoreIsBytesSavedPerMillisecond)
{
    EXPECT_DOUBLE_EQ(fair_score(1000, 2, 3, 1), 200);
    EXPECT_DOUBLE_EQ(fair_score(1000, 2, 3, 6), 50);
    EXPECT_EQ(fair_score(0, 2, 3, 1), 0);
    EXPECT_EQ(fair_score(-1000, 2, 3, 1), 0);
    EXPECT_EQ(fair_score(-1000, 0, 0, 1), 0);
    EXPECT_EQ(fair_score(0, 0, 0, 1), 0);
    EXPECT_EQ(fair_score(1, 0, 0, 1), infinite);
}

TEST(CompressPolicy, FiguresAreThoseOfTheWholeMemory)
{
    MemoryEstimate estimate = cold(estimate_of({measured(baseline, 0.5, 2000, 1000)}));
    estimate.same_filled_share = {0.2, 0.1, 0.3};
    const Decision decision = decide(estimate);
    ASSERT_EQ(decision.verdict, Verdict::compress);
    const Assessment &one = decision.ranking.front();
    EXPECT_DOUBLE_EQ(one.savings.value, 0.6); // 0.2 and half of 0.8
    EXPECT_DOUBLE_EQ(one.savings.low, 0.1 + 0.9 * 0.49);
    EXPECT_DOUBLE_EQ(one.savings.high, 0.3 + 0.7 * 0.51);
    EXPECT_DOUBLE_EQ(one.bytes_saved, 0.6 * 1000 * 4096);
    EXPECT_DOUBLE_EQ(one.compress_cpu_ms, 1.6); // 800 pages at 2 us
    EXPECT_DOUBLE_EQ(one.decompress_cpu_ms, 0.8);
    EXPECT_DOUBLE_EQ(one.score.value, 0.6 * 1000 * 4096 / 2.4);
    EXPECT_EQ(decision.choice, baseline);
    EXPECT_FALSE(decision.runner_up);
}

TEST(CompressPolicy, ReadbackFactor)
{
    MemoryEstimate estimate;
    EXPECT_DOUBLE_EQ(readback_factor(estimate), 2); // unknown
    estimate.accesses_per_page_second = 0;
    EXPECT_DOUBLE_EQ(readback_factor(estimate), 1);
    estimate.accesses_per_page_second = 0.5;
    EXPECT_DOUBLE_EQ(readback_factor(estimate), 31);
    estimate.accesses_per_page_second = std::nan("");
    EXPECT_DOUBLE_EQ(readback_factor(estimate), 2);
    estimate.accesses_per_page_second.reset();
    estimate.cold_share = Mean{0.75, 0.7, 0.8};
    EXPECT_DOUBLE_EQ(readback_factor(estimate), 2); // not for how long
    estimate.cold_after_ns = 30'000'000'000;
    EXPECT_DOUBLE_EQ(readback_factor(estimate), 1.5); // a quarter, twice in a minute
    estimate.cold_share = Mean{1, 1, 1};
    EXPECT_DOUBLE_EQ(readback_factor(estimate), 1);
}

TEST(CompressPolicy, FivePercentIsTheLeast)
{
    EXPECT_EQ(decide(estimate_of({measured(baseline, 0.9375, 1000, 500)})).choice, baseline);
    const Decision decision = decide(estimate_of({measured(baseline, 0.96, 1000, 500)}));
    EXPECT_EQ(decision.verdict, Verdict::leave_little_savings);
    EXPECT_FALSE(decision.choice);
    EXPECT_EQ(decision.runner_up, baseline);
    EXPECT_NE(decision.explanation.find("4.0%"), std::string::npos) << decision.explanation;
    // Exactly at the border.
    PolicyLimits limits;
    limits.least_savings = 0.25;
    EXPECT_EQ(decide(estimate_of({measured(baseline, 0.75, 1000, 500)}), limits).verdict, Verdict::compress);
}

TEST(CompressPolicy, WhatGrowsIsLeft)
{
    const Decision decision = decide(estimate_of({measured(baseline, 1.01, 1000, 500)}));
    EXPECT_EQ(decision.verdict, Verdict::leave_little_savings);
    EXPECT_LT(decision.ranking.front().bytes_saved, 0);
    EXPECT_EQ(decision.ranking.front().score.value, 0);
}

TEST(CompressPolicy, TooFewSamplesDecideNothing)
{
    MemoryEstimate estimate = estimate_of({measured(baseline, 0.2, 1000, 500)});
    estimate.sampled_pages = 29;
    const Decision decision = decide(estimate);
    EXPECT_EQ(decision.verdict, Verdict::leave_few_samples);
    EXPECT_FALSE(decision.choice);
    EXPECT_NE(decision.explanation.find("29 pages"), std::string::npos);
    estimate.sampled_pages = 30;
    EXPECT_EQ(decide(estimate).verdict, Verdict::compress);
}

TEST(CompressPolicy, NothingMeasured)
{
    EXPECT_EQ(decide(estimate_of({})).verdict, Verdict::leave_not_measured);
    for (const double bad : {std::nan(""), infinite, -1.0}) {
        const Decision decision =
            decide(estimate_of({{baseline, {bad, bad, bad}, around(1, 0), around(1, 0)}}));
        EXPECT_EQ(decision.verdict, Verdict::leave_not_measured) << bad;
    }
    // One without figures does not keep the others from being used.
    const Decision decision = decide(estimate_of(
        {{baseline, around(0.5, 0), around(std::nan(""), 0), around(1, 0)}, measured(fast8, 0.5, 1, 1)}));
    EXPECT_EQ(decision.choice, fast8);
    EXPECT_EQ(of(decision, baseline).refusal, Refusal::not_measured);
}

TEST(CompressPolicy, ZeroTimeIsAnInfiniteScore)
{
    const Decision decision =
        decide(estimate_of({measured(baseline, 0.5, 1000, 500), measured(fast8, 0.6, 0, 0)}));
    EXPECT_EQ(decision.choice, fast8);
    EXPECT_EQ(decision.runner_up, baseline);
    EXPECT_EQ(of(decision, fast8).score.value, infinite);
}

TEST(CompressPolicy, AllSameFilledIsTheBaselines)
{
    MemoryEstimate estimate = estimate_of({measured(zstd3, 0.1, 5000, 500), measured(fast8, 0.2, 500, 500),
                                           measured(baseline, 0.2, 1000, 500)});
    estimate.same_filled_share = {1, 0.98, 1};
    const Decision decision = decide(cold(estimate));
    EXPECT_EQ(decision.choice, baseline);
    EXPECT_EQ(of(decision, fast8).score.value, infinite);
}

TEST(CompressPolicy, TheBaselineGivesWayOnlyToWhatIsBetterBeyondDoubt)
{
    EXPECT_EQ(
        decide(estimate_of({measured(baseline, 0.5, 1000, 500), measured(fast8, 0.5, 950, 480, 0.1)})).choice,
        baseline);
    const Decision decision =
        decide(estimate_of({measured(baseline, 0.5, 1000, 500), measured(fast8, 0.52, 500, 400)}));
    EXPECT_EQ(decision.choice, fast8);
    EXPECT_EQ(decision.runner_up, baseline);
}

TEST(CompressPolicy, TiesGoToWhatComesFirstAmongAllSettings)
{
    std::vector<SettingEstimate> same;
    for (const Setting &setting :
         {Setting{Mode::lz4_hc, 3}, Setting{Mode::lz4_fast, 4}, Setting{Mode::lz4_fast, 2}})
        same.push_back(measured(setting, 0.5, 1000, 500));
    const Decision decision = decide(estimate_of(same));
    EXPECT_EQ(decision.choice, (Setting{Mode::lz4_fast, 2}));
    EXPECT_EQ(decision.runner_up, (Setting{Mode::lz4_fast, 4}));
}

TEST(CompressPolicy, ZstdIsForColdMemoryWhereItsRatioDominates)
{
    const auto better = estimate_of({measured(baseline, 0.5, 1000, 500), measured(zstd3, 0.35, 9000, 3000)});
    const Decision decision = decide(cold(better));
    EXPECT_EQ(decision.choice, zstd3);
    EXPECT_EQ(decision.runner_up, baseline);
    // Not known to be cold, not cold enough, not better by enough, not beyond doubt.
    EXPECT_EQ(decide(better).choice, baseline);
    EXPECT_EQ(of(decide(better), zstd3).refusal, Refusal::coldness_unknown);
    EXPECT_EQ(of(decide(cold(better, 0.81)), zstd3).refusal, Refusal::not_cold); // 0.79 is possible
    const auto little = estimate_of({measured(baseline, 0.5, 1000, 500), measured(zstd3, 0.46, 9000, 3000)});
    EXPECT_EQ(of(decide(cold(little)), zstd3).refusal, Refusal::not_dominant);
    const auto doubtful =
        estimate_of({measured(baseline, 0.5, 1000, 500, 0.2), measured(zstd3, 0.42, 9000, 3000, 0.2)});
    EXPECT_EQ(of(decide(cold(doubtful)), zstd3).refusal, Refusal::not_dominant);
    // Where the baseline saves too little there is nothing to dominate; without one nothing is known.
    const auto alone = estimate_of({measured(baseline, 0.97, 1000, 500), measured(zstd3, 0.93, 9000, 3000)});
    EXPECT_EQ(decide(cold(alone)).choice, zstd3);
    EXPECT_EQ(decide(alone).verdict, Verdict::leave_little_savings);
    EXPECT_EQ(of(decide(cold(estimate_of({measured(zstd3, 0.3, 9000, 3000)}))), zstd3).refusal,
              Refusal::not_dominant);
}

TEST(CompressPolicy, TheExplanationSaysWhy)
{
    MemoryEstimate estimate =
        estimate_of({measured(baseline, 0.5, 1000, 500), measured(zstd3, 0.35, 9000, 3000)});
    estimate.coldness_source = "no idle page tracking";
    const std::string text = decide(estimate).explanation;
    for (const char *part :
         {"Compress with lz4 fast 1", "50.0%", "zstd is left out", "no idle page tracking"})
        EXPECT_NE(text.find(part), std::string::npos) << part << ": " << text;
}

TEST(CompressPolicyProperty, NeverBelowTheLeastSavingsAndNeverZstdWithoutColdness)
{
    std::mt19937 random{1};
    int compressed = 0;
    int zstd = 0;
    for (int i = 0; i < rounds; i++) {
        const MemoryEstimate estimate = random_estimate(random);
        const Decision decision = decide(estimate);
        ASSERT_EQ(decision.choice.has_value(), decision.verdict == Verdict::compress);
        ASSERT_EQ(decision.ranking.size(), estimate.settings.size());
        ASSERT_FALSE(decision.explanation.empty());
        ASSERT_GE(decision.readback_factor, 1);
        if (!decision.choice)
            continue;
        compressed++;
        ASSERT_GE(of(decision, *decision.choice).savings.value, 0.05);
        ASSERT_GE(estimate.sampled_pages, 30u);
        ASSERT_NE(decision.choice, decision.runner_up);
        for (const auto &one : {decision.choice, decision.runner_up})
            if (one && one->mode == Mode::zstd) {
                zstd++;
                ASSERT_TRUE(estimate.cold_share);
                ASSERT_GE(estimate.cold_share->low, 0.8);
            }
    }
    // The estimates were such that this means something.
    EXPECT_GT(compressed, rounds / 4);
    EXPECT_LT(compressed, rounds);
    EXPECT_GT(zstd, rounds / 50);
}

TEST(CompressPolicyProperty, TheOrderOfSettingsIsNoMatter)
{
    std::mt19937 random{2};
    for (int i = 0; i < rounds; i++) {
        MemoryEstimate estimate = random_estimate(random);
        const Decision before = decide(estimate);
        std::shuffle(estimate.settings.begin(), estimate.settings.end(), random);
        const Decision after = decide(estimate);
        ASSERT_EQ(after.choice, before.choice);
        ASSERT_EQ(after.runner_up, before.runner_up);
        ASSERT_EQ(after.explanation, before.explanation);
        for (std::size_t at = 0; at < before.ranking.size(); at++)
            ASSERT_EQ(after.ranking[at].setting, before.ranking[at].setting);
    }
}

TEST(CompressPolicyProperty, MoreMemoryOrASlowerMachineDecidesTheSame)
{
    std::mt19937 random{3};
    for (int i = 0; i < rounds; i++) {
        MemoryEstimate estimate = random_estimate(random);
        const Decision before = decide(estimate);
        MemoryEstimate larger = estimate;
        larger.resident_pages *= 4;
        ASSERT_EQ(decide(larger).choice, before.choice);
        ASSERT_EQ(decide(larger).runner_up, before.runner_up);
        for (SettingEstimate &one : estimate.settings)
            for (Mean *mean : {&one.compress_ns, &one.decompress_ns})
                *mean = {mean->value * 8, mean->low * 8, mean->high * 8};
        ASSERT_EQ(decide(estimate).choice, before.choice);
        ASSERT_EQ(decide(estimate).runner_up, before.runner_up);
    }
}

TEST(CompressPolicyProperty, SavingMoreNeverHurts)
{
    std::mt19937 random{4};
    int chosen = 0;
    for (int i = 0; i < rounds; i++) {
        MemoryEstimate estimate = random_estimate(random);
        if (estimate.settings.empty())
            continue;
        const Decision before = decide(estimate);
        // The chosen one every other time: that any is changed otherwise would seldom be it.
        const Setting any = estimate.settings[random() % estimate.settings.size()].setting;
        const Setting changed = before.choice && i % 2 == 0 ? *before.choice : any;
        for (SettingEstimate &other : estimate.settings)
            if (other.setting == changed)
                other.ratio = {other.ratio.value * 0.75, other.ratio.low * 0.75, other.ratio.high * 0.75};
        const Decision after = decide(estimate);
        ASSERT_GE(of(after, changed).score.value, of(before, changed).score.value);
        if (before.choice) {
            ASSERT_EQ(after.verdict, Verdict::compress) << before.explanation << "\n" << after.explanation;
        }
        if (before.choice == changed) {
            chosen++;
            ASSERT_EQ(after.choice, changed) << before.explanation << "\n" << after.explanation;
        }
    }
    EXPECT_GT(chosen, rounds / 10);
}

TEST(CompressPolicyProperty, HotterMemoryHasALowerScore)
{
    std::mt19937 random{5};
    for (int i = 0; i < rounds; i++) {
        MemoryEstimate estimate = random_estimate(random);
        estimate.accesses_per_page_second = 0.1;
        const Decision before = decide(estimate);
        estimate.accesses_per_page_second = 0.2;
        const Decision after = decide(estimate);
        ASSERT_GT(after.readback_factor, before.readback_factor);
        for (const Assessment &one : before.ranking)
            ASSERT_LE(of(after, one.setting).score.value, one.score.value);
    }
}
