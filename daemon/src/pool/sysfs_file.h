// SPDX-License-Identifier: GPL-2.0-only
//
// Files of sysfs and of cgroups: one read or one write is one order to the kernel.
#pragma once

#include "support/clock.h"

#include <cerrno>
#include <string>
#include <string_view>
#include <thread>

namespace memory_collector::pool {

struct SysfsText {
    int error = 0; // errno
    std::string text;
};
SysfsText read_sysfs(const std::string &path);

// In one write(2). 0, or errno.
int write_sysfs(const std::string &path, std::string_view text);

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

} // namespace memory_collector::pool
