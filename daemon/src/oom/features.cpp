// SPDX-License-Identifier: GPL-2.0-only
#include "oom/features.h"

#include "support/clock.h"

#include <algorithm>
#include <cmath>

namespace memory_collector::oom {

namespace {

constexpr std::size_t least_samples = 5;
// What zram takes for a byte as long as nothing is stored on it to tell from.
constexpr double assumed_zram_cost = 0.5;
constexpr double most_fill = 20;
constexpr double most_swap_room = 4;

double bytes(std::uint64_t value)
{
    return static_cast<double>(value);
}

double over(double value, double by)
{
    return by > 0 ? value / by : 0;
}

} // namespace

HostShare share_of(const SignalValues &host)
{
    HostShare share;
    share.memory = host.or_zero(Signal::limit);
    share.swap_total = host.or_zero(Signal::swap_limit);
    share.swap_free = share.swap_total - std::min(host.or_zero(Signal::swap), share.swap_total);
    share.swap_zram = host.or_zero(Signal::swap_zram);
    const std::uint64_t stored = host.or_zero(Signal::zram_stored);
    share.zram_cost = stored == 0 ? assumed_zram_cost
                                  : std::min(1.0, bytes(host.or_zero(Signal::zram_used)) / bytes(stored));
    return share;
}

History::History(std::uint64_t interval_ns)
{
    const double interval = static_cast<double>(std::max<std::uint64_t>(interval_ns, 1)) / 1e9;
    // Samples may come early.
    const double most = std::ceil(longest_s / interval * 1.25) + 2;
    points_.resize(static_cast<std::size_t>(std::clamp(most, 16.0, 2000.0)));
}

void History::add(std::uint64_t time_ns, TargetKind kind, const SignalValues &signals, const HostShare &host)
{
    Point &point = points_[next_];
    next_ = (next_ + 1) % points_.size();
    count_ = std::min(count_ + 1, points_.size());

    const auto value = [&](Signal signal) { return bytes(signals.or_zero(signal)); };
    point.time_s = static_cast<double>(time_ns) / 1e9;
    std::uint64_t limit = signals.or_zero(Signal::limit);
    // A limit above the host's memory is that.
    if (host.memory != 0)
        limit = limit == 0 ? host.memory : std::min(limit, host.memory);
    point.limit = bytes(limit);
    point.danger = bytes(danger_bytes(signals).value_or(0));
    point.swap = value(Signal::swap);
    point.demand = point.danger + point.swap;
    point.usage = value(Signal::usage);
    point.cache = value(Signal::file);
    const double zram_share = over(bytes(host.swap_zram), bytes(host.swap_total));
    double swap_room = bytes(host.swap_free);
    if (kind == TargetKind::host) {
        // What goes to zram stays in memory, only smaller.
        swap_room *= 1 - zram_share * host.zram_cost;
    } else if (const auto most = signals.get(Signal::swap_limit)) {
        swap_room = std::min(swap_room, std::max(0.0, bytes(*most) - point.swap));
    }
    point.swap_room = swap_room;
    point.room = std::max(0.0, point.limit - point.danger) + swap_room;
    point.scan = value(Signal::pgscan);
    point.steal = value(Signal::pgsteal);
    point.refault = value(Signal::refault);
    point.major_faults = value(Signal::major_faults);
    point.psi_some = value(Signal::psi_some_us) / 1e6;
    point.psi_full = value(Signal::psi_full_us) / 1e6;
    point.hits = value(Signal::limit_hits);
    zram_share_ = zram_share;
}

const History::Point &History::before(double seconds) const
{
    const double then = newest().time_s - seconds + 1e-9;
    std::size_t age = 0;
    while (age + 1 < count_ && back(age).time_s > then)
        age++;
    return back(age);
}

// One pass from now back; each window's slope is taken as the pass leaves it.
void History::slopes(Features &to) const
{
    static constexpr std::array<double, 5> windows{0.5, 1, 2, 5, longest_s};
    std::array<double, windows.size()> slope{};
    double n = 0, sum_t = 0, sum_y = 0, sum_tt = 0, sum_ty = 0;
    const double now = newest().time_s;
    // Small numbers: sums of squares of bytes and uptimes would lose digits.
    const double base = newest().demand;
    const auto current = [&] { return over(n * sum_ty - sum_t * sum_y, n * sum_tt - sum_t * sum_t); };
    std::size_t window = 0;
    for (std::size_t age = 0; age < count_ && window < windows.size(); age++) {
        const Point &point = back(age);
        // Three points at least, however seldom they come; samples are not on the dot.
        while (window < windows.size() && now - point.time_s > windows.at(window) * 1.02 && n >= 3)
            slope.at(window++) = current();
        const double t = point.time_s - now;
        const double y = point.demand - base;
        n++;
        sum_t += t;
        sum_y += y;
        sum_tt += t * t;
        sum_ty += t * y;
    }
    while (window < windows.size())
        slope.at(window++) = current();
    const double limit = newest().limit;
    const auto fill = [&](double bytes_per_s) {
        const double room = newest().room;
        return bytes_per_s <= 0 ? 0 : room <= 0 ? most_fill : std::min(most_fill, bytes_per_s / room);
    };
    to.set(Feature::slope_500ms, over(slope[0], limit));
    to.set(Feature::slope_1s, over(slope[1], limit));
    to.set(Feature::slope_2s, over(slope[2], limit));
    to.set(Feature::slope_5s, over(slope[3], limit));
    to.set(Feature::slope_10s, over(slope[4], limit));
    to.set(Feature::curvature, over(slope[1] - slope[3], limit));
    to.set(Feature::fill_1s, fill(slope[1]));
    to.set(Feature::fill_2s, fill(slope[2]));
    to.set(Feature::fill_5s, fill(slope[3]));
}

void History::extremes(Features &to) const
{
    const Point &now = newest();
    double most_2s = now.demand;
    double most_10s = now.demand;
    double least_10s = now.demand;
    double burst = 0;
    // Of each point the one half a second before it.
    std::size_t earlier = 0;
    for (std::size_t age = 0; age < count_; age++) {
        const Point &point = back(age);
        const double old = now.time_s - point.time_s;
        if (old > longest_s * 1.02)
            break;
        if (old <= 2 * 1.02)
            most_2s = std::max(most_2s, point.demand);
        most_10s = std::max(most_10s, point.demand);
        least_10s = std::min(least_10s, point.demand);
        while (earlier + 1 < count_ && point.time_s - back(earlier).time_s < 0.49)
            earlier++;
        burst = std::max(burst, point.demand - back(earlier).demand);
    }
    to.set(Feature::drawdown_2s, over(most_2s - now.demand, now.limit));
    to.set(Feature::drawdown_10s, over(most_10s - now.demand, now.limit));
    to.set(Feature::rise_10s, over(now.demand - least_10s, now.limit));
    to.set(Feature::burst_10s, over(burst, now.limit));
}

void History::rates(Features &to, double page_size) const
{
    const Point &now = newest();
    const Point &then = before(1);
    const double time = now.time_s - then.time_s;
    // A count that is not there at times is 0 then; it does not run backwards.
    const auto rate = [time](double a, double b) { return over(std::max(0.0, a - b), time); };
    const double scan = rate(now.scan, then.scan);
    const double steal = rate(now.steal, then.steal);
    to.set(Feature::scan_1s, over(scan * page_size, now.limit));
    to.set(Feature::steal_ratio, scan > 0 ? std::min(1.0, steal / scan) : 1);
    to.set(Feature::refault_1s, over(rate(now.refault, then.refault) * page_size, now.limit));
    to.set(Feature::major_faults_1s, rate(now.major_faults, then.major_faults) / 1000);
    to.set(Feature::psi_some_1s, std::min(1.0, rate(now.psi_some, then.psi_some)));
    to.set(Feature::psi_full_1s, std::min(1.0, rate(now.psi_full, then.psi_full)));
    to.set(Feature::limit_hits_1s, std::log2(1 + rate(now.hits, then.hits)));
    const Point &long_ago = before(longest_s);
    to.set(Feature::psi_full_10s, std::min(1.0, over(std::max(0.0, now.psi_full - long_ago.psi_full),
                                                     now.time_s - long_ago.time_s)));
}

std::optional<Features> History::features(std::uint64_t page_size) const
{
    if (count_ < least_samples || newest().limit <= 0)
        return std::nullopt;
    Features to;
    const Point &now = newest();
    to.set(Feature::danger, now.danger / now.limit);
    to.set(Feature::usage, now.usage / now.limit);
    to.set(Feature::cache, now.cache / now.limit);
    to.set(Feature::swap_used, now.swap / now.limit);
    to.set(Feature::swap_room, std::min(most_swap_room, now.swap_room / now.limit));
    to.set(Feature::room, std::min(most_swap_room + 1, now.room / now.limit));
    to.set(Feature::zram_share, zram_share_);
    const double free = std::max(0.0, 1 - now.danger / now.limit);
    to.set(Feature::available, std::max(free, over(now.swap_room, now.swap_room + now.swap)));
    slopes(to);
    extremes(to);
    rates(to, static_cast<double>(page_size));
    return to;
}

} // namespace memory_collector::oom
