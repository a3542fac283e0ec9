// SPDX-License-Identifier: GPL-2.0-only
//
// Files of sysfs, of cgroups and of /proc: one read or one write is one order to the kernel.
#pragma once

#include <string>
#include <string_view>

namespace memory_collector {

struct SysfsText {
    int error = 0; // errno
    std::string text;
};
SysfsText read_sysfs(const std::string &path);

// In one write(2). 0, or errno.
int write_sysfs(const std::string &path, std::string_view text);

} // namespace memory_collector
