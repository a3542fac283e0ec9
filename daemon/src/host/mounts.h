// SPDX-License-Identifier: GPL-2.0-only
#pragma once

#include "host/host_paths.h"

#include <string>
#include <string_view>
#include <vector>

namespace memory_collector {

// Where a file system of this type is mounted in our mount namespace, in the
// order in which it was mounted; from /proc/self/mountinfo (proc(5)).
std::vector<std::string> mount_points(const HostPaths &host, std::string_view type);

// Does the running kernel know this file system type (/proc/filesystems)?
bool knows_filesystem(const HostPaths &host, std::string_view type);

} // namespace memory_collector
