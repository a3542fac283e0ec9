// SPDX-License-Identifier: GPL-2.0-only
//
// How much of one CPU the collector may take, its eBPF programs included, and
// when it has taken more for too long. Pure, for tests.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace memory_collector::ebpf {

class CpuBudget {
public:
    // `share` of one CPU, 0.01 for 1%.
    explicit CpuBudget(double share) : share_(share) {}

    // An interval and what was spent in it. True if it is time to do something about it: that many
    // intervals in a row, of a second or longer together, were over; it begins to count anew then.
    bool exceeded(std::uint64_t interval_ns, std::uint64_t spent_ns)
    {
        if (static_cast<double>(spent_ns) <= share_ * static_cast<double>(interval_ns)) {
            over_ = 0;
            over_ns_ = 0;
            return false;
        }
        over_++;
        over_ns_ += interval_ns;
        if (over_ < intervals || over_ns_ < least_ns)
            return false;
        over_ = 0;
        over_ns_ = 0;
        return true;
    }

private:
    static constexpr unsigned intervals = 3;
    static constexpr std::uint64_t least_ns = 1'000'000'000;

    double share_;
    unsigned over_ = 0;
    std::uint64_t over_ns_ = 0;
};

} // namespace memory_collector::ebpf
