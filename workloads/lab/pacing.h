// SPDX-License-Identifier: GPL-2.0-only
//
// When each operation is due: a function of its number alone, so that being late once
// moves no later one.
#pragma once

#include "support/clock.h"

#include <algorithm>
#include <cstdint>

namespace memory_collector::lab {

// Operations of a rate over a time, in batches, which workers take in turn.
class Schedule {
public:
    // Most batches that one worker begins in a second: what is due sooner shares a wakeup.
    static constexpr std::uint64_t wakeups = 2000;

    Schedule(std::uint64_t per_second, std::uint64_t duration_ns, std::uint64_t workers)
        : per_second_(per_second), total_(scaled(duration_ns, per_second)),
          batch_(std::max<std::uint64_t>(1, per_second / (wakeups * workers)))
    {
    }

    // Operations due in all.
    std::uint64_t total() const { return total_; }
    std::uint64_t batches() const { return (total_ + batch_ - 1) / batch_; }
    std::uint64_t in_batch(std::uint64_t batch) const { return std::min(batch_, total_ - batch * batch_); }
    // Nanoseconds after the start.
    std::uint64_t due_ns(std::uint64_t batch) const
    {
        const std::uint64_t operation = batch * batch_;
        return operation / per_second_ * ns_per_s + operation % per_second_ * ns_per_s / per_second_;
    }
    // Operations that are due before a time after the start.
    std::uint64_t due_before(std::uint64_t ns) const { return std::min(total_, scaled(ns, per_second_)); }

private:
    // Rounded up: the first operation is due at 0.
    static std::uint64_t scaled(std::uint64_t ns, std::uint64_t per_second)
    {
        const std::uint64_t part = ns % ns_per_s * per_second;
        return ns / ns_per_s * per_second + (part + ns_per_s - 1) / ns_per_s;
    }

    std::uint64_t per_second_;
    std::uint64_t total_;
    std::uint64_t batch_;
};

} // namespace memory_collector::lab
