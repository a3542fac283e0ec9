// SPDX-License-Identifier: GPL-2.0-only
//
// Waiting for a word in shared memory, up to an absolute time: no signal is needed to end it.
#pragma once

#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <climits>
#include <cstdint>
#include <ctime>

namespace memory_collector::lab {

inline constexpr std::uint32_t phase_wait = 0;
inline constexpr std::uint32_t phase_run = 1;
inline constexpr std::uint32_t phase_stop = 2;

// Returns when the word is no longer `old`, at the time of CLOCK_MONOTONIC, or for no reason.
inline void wait_for_change(const std::atomic<std::uint32_t> &word, std::uint32_t old, std::uint64_t until_ns)
{
    const timespec until{static_cast<time_t>(until_ns / 1'000'000'000),
                         static_cast<long>(until_ns % 1'000'000'000)};
    // FUTEX_WAIT_BITSET takes an absolute time.
    ::syscall(SYS_futex, &word, FUTEX_WAIT_BITSET, old, &until, nullptr, FUTEX_BITSET_MATCH_ANY);
}

inline void change(std::atomic<std::uint32_t> &word, std::uint32_t value)
{
    word = value;
    ::syscall(SYS_futex, &word, FUTEX_WAKE, INT_MAX, nullptr, nullptr, 0);
}

} // namespace memory_collector::lab
