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
    // Of intervals that are stretched, how much longer at most.
    static constexpr unsigned most_stretched = 16;

    // `share` of one CPU, 0.01 for 1%.
    explicit CpuBudget(double share) : share_(share) {}

    // An interval and what was spent in it. True if it is time to do something about it: that many
    // intervals in a row, of a second or longer together, were over; it begins to count anew then.
    bool exceeded(std::uint64_t interval_ns, std::uint64_t spent_ns)
    {
        return over_.add(static_cast<double>(spent_ns) > share_ * static_cast<double>(interval_ns),
                         interval_ns);
    }

    // Likewise, whether intervals half as long, which cost twice as much at most, would leave
    // a fifth of the budget: what is between goes neither way.
    bool has_room(std::uint64_t interval_ns, std::uint64_t spent_ns)
    {
        return under_.add(static_cast<double>(spent_ns) * 2 <=
                              0.8 * share_ * static_cast<double>(interval_ns),
                          interval_ns);
    }

private:
    class InARow {
    public:
        bool add(bool so, std::uint64_t interval_ns)
        {
            many_ = so ? many_ + 1 : 0;
            ns_ = so ? ns_ + interval_ns : 0;
            if (many_ < intervals || ns_ < least_ns)
                return false;
            *this = {};
            return true;
        }

    private:
        unsigned many_ = 0;
        std::uint64_t ns_ = 0;
    };

    static constexpr unsigned intervals = 3;
    static constexpr std::uint64_t least_ns = 1'000'000'000;

    double share_;
    InARow over_;
    InARow under_;
};

} // namespace memory_collector::ebpf
