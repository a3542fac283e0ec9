// SPDX-License-Identifier: GPL-2.0-only
#include "compress/cpu_pace.h"

#include "support/clock.h"

namespace memory_collector::compress {

std::uint64_t time_to_wait(std::uint64_t used_ns, std::uint64_t passed_ns, double share)
{
    if (share >= 1)
        return 0;
    const double needed = static_cast<double>(used_ns) / share;
    const auto passed = static_cast<double>(passed_ns);
    return needed > passed ? static_cast<std::uint64_t>(needed - passed) : 0;
}

// What the start of the program took is part of what it took.
CpuPace::CpuPace(double share, Waiter &waiter) : share_(share), waiter_(waiter), begun_ns_(monotonic_ns()) {}

bool CpuPace::keep()
{
    const std::uint64_t wait =
        time_to_wait(clock_ns(CLOCK_PROCESS_CPUTIME_ID), monotonic_ns() - begun_ns_, share_);
    return waiter_.wait(wait);
}

} // namespace memory_collector::compress
