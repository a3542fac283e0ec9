// SPDX-License-Identifier: GPL-2.0-only
//
// Features beside a second way of computing them, and what the linear model
// makes of a ramp whose end is known.
#include "oom/engine.h"
#include "oom/features.h"
#include "oom/model_file.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>
#include <vector>

namespace memory_collector::oom {
namespace {

constexpr std::uint64_t ms = 1'000'000;
constexpr std::uint64_t mib = 1 << 20;
constexpr std::uint64_t page = 4096;

struct Sample {
    double time = 0;
    double danger = 0;
    double swap = 0;
    double scan = 0;
};

SignalValues signals_of(const Sample &sample, std::uint64_t limit)
{
    SignalValues signals;
    signals.set(Signal::limit, limit);
    signals.set(Signal::anon, static_cast<std::uint64_t>(sample.danger));
    signals.set(Signal::usage, static_cast<std::uint64_t>(sample.danger));
    signals.set(Signal::swap, static_cast<std::uint64_t>(sample.swap));
    signals.set(Signal::pgscan, static_cast<std::uint64_t>(sample.scan));
    signals.set(Signal::pgsteal, static_cast<std::uint64_t>(sample.scan) / 4);
    signals.set(Signal::swap_limit, SignalValues::no_limit);
    return signals;
}

// The textbook's: means first, then the sums about them.
double slope_of(const std::vector<Sample> &samples, double window)
{
    std::vector<Sample> used;
    for (const Sample &sample : samples)
        if (samples.back().time - sample.time <= window * 1.02)
            used.push_back(sample);
    double mean_t = 0;
    double mean_y = 0;
    for (const Sample &sample : used) {
        mean_t += sample.time / static_cast<double>(used.size());
        mean_y += (sample.danger + sample.swap) / static_cast<double>(used.size());
    }
    double up = 0;
    double down = 0;
    for (const Sample &sample : used) {
        up += (sample.time - mean_t) * (sample.danger + sample.swap - mean_y);
        down += (sample.time - mean_t) * (sample.time - mean_t);
    }
    return up / down;
}

TEST(OomFeatures, AreWhatASecondWayMakesOfTheSamples)
{
    std::mt19937_64 random{17};
    constexpr std::uint64_t limit = 512 * mib;
    HostShare host;
    host.memory = 4096 * mib;
    host.swap_total = 300 * mib;
    host.swap_free = 200 * mib;
    History history{100 * ms};
    std::vector<Sample> all;
    std::uint64_t now = 5'000'000 * ms;
    double danger = 100.0 * mib;
    double swap = 0;
    double scan = 0;
    for (int i = 0; i < 400; i++) {
        // Not on the dot.
        now += 95 * ms + random() % (10 * ms);
        danger = std::clamp(danger + static_cast<double>(random() % (8 * mib)) - 3.5 * mib, 0.0, 1.0 * limit);
        swap += static_cast<double>(random() % mib);
        scan += static_cast<double>(random() % 1000);
        const Sample sample{static_cast<double>(now) / 1e9, std::floor(danger), std::floor(swap),
                            std::floor(scan)};
        all.push_back(sample);
        history.add(now, TargetKind::cgroup_v2, signals_of(sample, limit), host);
        const auto features = history.features(page);
        ASSERT_EQ(features.has_value(), i >= 4);
        if (i < 120)
            continue;
        const auto near = [&](Feature feature, double expected) {
            EXPECT_NEAR(features->get(feature), expected, 1e-5 + std::fabs(expected) * 1e-4)
                << feature_names[static_cast<std::size_t>(feature)] << " at " << i;
        };
        near(Feature::danger, sample.danger / limit);
        near(Feature::swap_used, sample.swap / limit);
        near(Feature::swap_room, 200.0 * mib / limit);
        const double room = limit - sample.danger + 200.0 * mib;
        near(Feature::room, room / limit);
        near(Feature::slope_500ms, slope_of(all, 0.5) / limit);
        near(Feature::slope_1s, slope_of(all, 1) / limit);
        near(Feature::slope_2s, slope_of(all, 2) / limit);
        near(Feature::slope_5s, slope_of(all, 5) / limit);
        near(Feature::slope_10s, slope_of(all, 10) / limit);
        near(Feature::curvature, (slope_of(all, 1) - slope_of(all, 5)) / limit);
        near(Feature::fill_2s, std::max(0.0, slope_of(all, 2) / room));
        double most_2s = 0;
        double most_10s = 0;
        double least_10s = 1e18;
        double burst = 0;
        for (std::size_t a = 0; a < all.size(); a++) {
            const double demand = all[a].danger + all[a].swap;
            const double old = sample.time - all[a].time;
            if (old > 10 * 1.02)
                continue;
            most_10s = std::max(most_10s, demand);
            least_10s = std::min(least_10s, demand);
            if (old <= 2 * 1.02)
                most_2s = std::max(most_2s, demand);
            // The youngest of those at least 0.49 s before it.
            for (std::size_t b = a; b-- > 0;)
                if (all[a].time - all[b].time >= 0.49) {
                    burst = std::max(burst, demand - all[b].danger - all[b].swap);
                    break;
                }
        }
        const double demand = sample.danger + sample.swap;
        near(Feature::drawdown_2s, (most_2s - demand) / limit);
        near(Feature::drawdown_10s, (most_10s - demand) / limit);
        near(Feature::rise_10s, (demand - least_10s) / limit);
        near(Feature::burst_10s, burst / limit);
        std::size_t then = all.size() - 1;
        while (sample.time - all[then].time < 1 - 1e-9)
            then--;
        near(Feature::scan_1s,
             (sample.scan - all[then].scan) / (sample.time - all[then].time) * page / limit);
        EXPECT_NEAR(features->get(Feature::steal_ratio), 0.25, 0.01);
    }
}

TEST(OomFeatures, PageCacheIsNoDanger)
{
    History history{100 * ms};
    for (std::uint64_t i = 0; i < 50; i++) {
        SignalValues signals;
        signals.set(Signal::limit, 64 * mib);
        signals.set(Signal::anon, 8 * mib);
        signals.set(Signal::file, i * mib);
        signals.set(Signal::usage, (8 + i) * mib);
        history.add(i * 100 * ms, TargetKind::cgroup_v2, signals, HostShare{});
    }
    const auto features = history.features(page);
    ASSERT_TRUE(features);
    EXPECT_FLOAT_EQ(features->get(Feature::danger), 0.125F);
    EXPECT_FLOAT_EQ(features->get(Feature::slope_2s), 0);
    EXPECT_EQ(load_model(builtin_model_text, "built in", "linear")->predict(*features).probability[3], 0);
}

TEST(OomFeatures, SwapAndZramAreRoom)
{
    SignalValues host;
    host.set(Signal::limit, 1000 * mib);
    host.set(Signal::anon, 500 * mib);
    host.set(Signal::swap_limit, 400 * mib);
    host.set(Signal::swap, 100 * mib);
    host.set(Signal::swap_zram, 400 * mib);
    host.set(Signal::zram_stored, 100 * mib);
    host.set(Signal::zram_used, 25 * mib);
    const HostShare share = share_of(host);
    EXPECT_DOUBLE_EQ(share.zram_cost, 0.25);
    History of_host{100 * ms};
    of_host.add(0, TargetKind::host, host, share);
    // A quarter of what zram takes is memory again.
    EXPECT_DOUBLE_EQ(of_host.room(), (500 + 300 * 0.75) * mib);
    // A cgroup's own limit of swap, and the host's.
    SignalValues group;
    group.set(Signal::limit, 100 * mib);
    group.set(Signal::anon, 40 * mib);
    group.set(Signal::swap_limit, 50 * mib);
    group.set(Signal::swap, 20 * mib);
    History of_group{100 * ms};
    of_group.add(0, TargetKind::cgroup_v2, group, share);
    EXPECT_DOUBLE_EQ(of_group.room(), (60.0 + 30) * mib);
    group.set(Signal::swap_limit, SignalValues::no_limit);
    of_group.add(1, TargetKind::cgroup_v2, group, share);
    EXPECT_DOUBLE_EQ(of_group.room(), (60.0 + 300) * mib);
}

// A leak of known speed with noise: the time said is the time left.
TEST(OomLinear, SaysWhenARampEnds)
{
    const auto model = load_model(builtin_model_text, "built in", "linear");
    std::mt19937_64 random{23};
    for (const double mib_per_s : {2.0, 10.0, 40.0}) {
        constexpr double limit = 256;
        History history{100 * ms};
        int checked = 0;
        for (std::uint64_t i = 0; i < 5000; i++) {
            const double time = static_cast<double>(i) / 10;
            const double left = (limit - mib_per_s * time) / mib_per_s;
            if (left < 0.5)
                break;
            const double noise = static_cast<double>(random() % 1000) / 1000 * 0.1;
            const Sample sample{time, (mib_per_s * time + noise) * mib, 0, 0};
            history.add(i * 100 * ms, TargetKind::cgroup_v2,
                        signals_of(sample, static_cast<std::uint64_t>(limit) * mib), HostShare{});
            if (time < 3)
                continue;
            const auto features = history.features(page);
            ASSERT_TRUE(features);
            const Forecast forecast = model->predict(*features);
            EXPECT_NEAR(forecast.expected_s, left, 0.1 * left + 0.1) << mib_per_s << " MiB/s at " << time;
            EXPECT_LT(forecast.low_s, forecast.expected_s);
            EXPECT_GT(forecast.high_s, forecast.expected_s);
            // As likely as not where the horizon is the time left.
            for (std::size_t h = 0; h < horizons_s.size(); h++) {
                if (left > 1.3 * horizons_s[h]) {
                    EXPECT_LT(forecast.probability[h], 0.5);
                } else if (left < 0.7 * horizons_s[h]) {
                    EXPECT_GT(forecast.probability[h], 0.5);
                }
            }
            checked++;
        }
        EXPECT_GT(checked, 20);
    }
}

} // namespace
} // namespace memory_collector::oom
