// SPDX-License-Identifier: GPL-2.0-only
#pragma once

#include <cstdint>
#include <ctime>

namespace memory_collector {

inline constexpr std::uint64_t ns_per_s = 1'000'000'000;
inline constexpr std::uint64_t ns_per_ms = 1'000'000;

inline std::uint64_t clock_ns(clockid_t clock)
{
    timespec now{};
    clock_gettime(clock, &now);
    return static_cast<std::uint64_t>(now.tv_sec) * ns_per_s + static_cast<std::uint64_t>(now.tv_nsec);
}

inline std::uint64_t monotonic_ns()
{
    return clock_ns(CLOCK_MONOTONIC);
}

} // namespace memory_collector
