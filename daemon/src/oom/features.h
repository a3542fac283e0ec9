// SPDX-License-Identifier: GPL-2.0-only
//
// What a model sees of a target: figures that do not depend on its size, from
// the last ten seconds of its signals. The same code for live and recorded ones.
#pragma once

#include "oom/signals.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace memory_collector::oom {

// Sizes are fractions of the limit, rates are per second. Demand is what cannot
// be given back (danger_bytes) and what of it is in swap.
enum class Feature : std::uint8_t {
    danger,          // what cannot be given back
    usage,           // with page cache
    cache,           // page cache
    swap_used,       //
    swap_room,       // what swap can still take; 4 at most
    room,            // until memory and swap are full; 5 at most
    zram_share,      // of the host's swap
    slope_500ms,     // of demand, by least squares
    slope_1s,        //
    slope_2s,        //
    slope_5s,        //
    slope_10s,       //
    curvature,       // how much the slope of the last second is above that of the last 5
    drawdown_2s,     // below the greatest demand
    drawdown_10s,    //
    rise_10s,        // above the least demand
    burst_10s,       // the greatest growth within half a second
    fill_1s,         // slope over room: the reciprocal of the time to the end; 20 at most
    fill_2s,         //
    fill_5s,         //
    scan_1s,         // memory that reclaim looked at
    steal_ratio,     // how much of that it freed; 1 if it did nothing
    refault_1s,      // memory that came back
    major_faults_1s, // thousands
    psi_some_1s,     // share of the time
    psi_full_1s,     //
    psi_full_10s,    //
    limit_hits_1s,   // log2(1 + hits)
    available,       // as earlyoom has it: the greater of free memory's and free swap's share
};
inline constexpr std::size_t feature_count = static_cast<std::size_t>(Feature::available) + 1;

inline constexpr std::array<std::string_view, feature_count> feature_names{
    "danger",      "usage",       "cache",        "swap_used",     "swap_room",  "room",
    "zram_share",  "slope_500ms", "slope_1s",     "slope_2s",      "slope_5s",   "slope_10s",
    "curvature",   "drawdown_2s", "drawdown_10s", "rise_10s",      "burst_10s",  "fill_1s",
    "fill_2s",     "fill_5s",     "scan_1s",      "steal_ratio",   "refault_1s", "major_faults_1s",
    "psi_some_1s", "psi_full_1s", "psi_full_10s", "limit_hits_1s", "available"};

class Features {
public:
    float get(Feature feature) const { return values_[static_cast<std::size_t>(feature)]; }
    void set(Feature feature, double value)
    {
        values_[static_cast<std::size_t>(feature)] = static_cast<float>(value);
    }
    std::span<const float, feature_count> all() const { return values_; }
    std::span<float, feature_count> all() { return values_; }
    bool operator==(const Features &) const = default;

private:
    std::array<float, feature_count> values_{};
};

// What a target has of the host.
struct HostShare {
    std::uint64_t memory = 0; // all of it
    std::uint64_t swap_total = 0;
    std::uint64_t swap_free = 0;
    std::uint64_t swap_zram = 0;
    // Memory that a byte on zram takes.
    double zram_cost = 0;
};
HostShare share_of(const SignalValues &host);

// The last ten seconds of a target. After it is made it allocates nothing.
class History {
public:
    static constexpr double longest_s = 10;

    // With samples this far apart.
    explicit History(std::uint64_t interval_ns);

    // Samples come in the order of time.
    void add(std::uint64_t time_ns, TargetKind kind, const SignalValues &signals, const HostShare &host);

    // Nothing before there is enough to tell a slope from: five samples.
    std::optional<Features> features(std::uint64_t page_size) const;

    // Of the newest sample: bytes.
    double limit() const { return newest().limit; }
    double room() const { return newest().room; }
    double demand() const { return newest().demand; }

private:
    struct Point {
        double time_s = 0;
        double limit = 0;
        double demand = 0;
        double danger = 0;
        double room = 0;
        double swap = 0;
        double swap_room = 0;
        double usage = 0;
        double cache = 0;
        double scan = 0, steal = 0, refault = 0, major_faults = 0;
        double psi_some = 0, psi_full = 0, hits = 0;
    };

    const Point &back(std::size_t age) const
    {
        return points_[(next_ + points_.size() - 1 - age) % points_.size()];
    }
    const Point &newest() const { return back(0); }
    void slopes(Features &to) const;
    void extremes(Features &to) const;
    void rates(Features &to, double page_size) const;
    // The youngest that is at least so old, or the oldest.
    const Point &before(double seconds) const;

    std::vector<Point> points_;
    std::size_t next_ = 0;
    std::size_t count_ = 0;
    double zram_share_ = 0;
};

} // namespace memory_collector::oom
