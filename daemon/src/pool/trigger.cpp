// SPDX-License-Identifier: GPL-2.0-only
#include "pool/trigger.h"

#include "pool/trigger_parts.h"
#include "support/error.h"
#include "support/units.h"

#include <algorithm>

namespace memory_collector::pool {

std::uint64_t amount_of(Amount amount, std::uint64_t free_in_pool, std::uint64_t available,
                        std::uint64_t page_size)
{
    const std::uint64_t percent = amount == Amount::light ? 5 : amount == Amount::medium ? 25 : 75;
    const std::uint64_t bytes = std::min(free_in_pool / 100 * percent, available / 2);
    return bytes / page_size * page_size;
}

ReadyPool::ReadyPool() : state(read(file)), device(ZramDevice::existing(*device_of(state))) {}

PoolState ReadyPool::read(const StateFile &file)
{
    const auto state = file.read();
    if (!state)
        throw Error("there is no pool; memory-collector pool setup makes one");
    if (state->step != Step::ready || !device_of(*state))
        throw Error("the pool is not whole: its setup was interrupted, or its device taken away; "
                    "memory-collector pool "
                    "reset clears what is left");
    return *state;
}

Pace::Pace(std::uint64_t steps, std::uint64_t duration_ns, unsigned bursts, Signals &signals)
    : steps_(steps), duration_ns_(duration_ns), bursts_(bursts), begun_ns_(monotonic_ns()), signals_(signals)
{
}

void Pace::wait_for(std::uint64_t step)
{
    // In bursts, all steps of a burst are due at its begin.
    const std::uint64_t of = bursts_ == 0 ? steps_ : bursts_;
    const std::uint64_t at = bursts_ == 0 ? step : step * bursts_ / steps_;
    const auto due = static_cast<std::uint64_t>(static_cast<double>(duration_ns_) * static_cast<double>(at) /
                                                static_cast<double>(of));
    while (true) {
        const std::uint64_t gone = monotonic_ns() - begun_ns_;
        if (signals_.wait(gone < due ? due - gone : 0).stop != 0)
            throw Error("stopped by a signal");
        if (monotonic_ns() - begun_ns_ >= due)
            return;
    }
}

} // namespace memory_collector::pool
