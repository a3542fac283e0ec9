// SPDX-License-Identifier: GPL-2.0-only
#pragma once

#include "support/clock.h"

#include <cerrno>
#include <thread>

namespace memory_collector {

// Tries again while it is EBUSY, for some seconds: whoever looks at new devices (udev, blkid) has
// them open for a moment.
template <typename Try> int until_free(const Try &attempt)
{
    const std::uint64_t deadline = monotonic_ns() + 5 * ns_per_s;
    int error = attempt();
    while (error == EBUSY && monotonic_ns() < deadline) {
        std::this_thread::sleep_for(std::chrono::milliseconds{20});
        error = attempt();
    }
    return error;
}

} // namespace memory_collector
