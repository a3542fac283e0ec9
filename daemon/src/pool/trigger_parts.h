// SPDX-License-Identifier: GPL-2.0-only
//
// What both triggers need.
#pragma once

#include "pool/clear.h"
#include "pool/zram_device.h"
#include "support/clock.h"
#include "support/signals.h"

#include <algorithm>

namespace memory_collector::pool {

// A pool that is whole, and locked. Throws Error if there is none.
struct ReadyPool {
    ReadyPool();

    StateFile file;
    PoolState state;
    ZramDevice device;

private:
    static PoolState read(const StateFile &file);
};

// Steps over a time: evenly, or in bursts.
class Pace {
public:
    Pace(std::uint64_t steps, std::uint64_t duration_ns, unsigned bursts, Signals &signals);
    // Until this step is due. Throws Error if a signal says to stop.
    void wait_for(std::uint64_t step);
    std::uint64_t gone_ns() const { return monotonic_ns() - begun_ns_; }

private:
    std::uint64_t steps_;
    std::uint64_t duration_ns_;
    unsigned bursts_;
    std::uint64_t begun_ns_;
    Signals &signals_;
};

inline constexpr std::uint64_t most_at_once = 256;

// A hundred steps or more, of which none takes long.
inline std::uint64_t pages_at_once(std::uint64_t pages)
{
    return std::clamp<std::uint64_t>(pages / 100, 1, most_at_once);
}

inline std::uint64_t difference(std::uint64_t after, std::uint64_t before)
{
    return after > before ? after - before : 0;
}

} // namespace memory_collector::pool
