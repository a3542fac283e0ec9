// SPDX-License-Identifier: GPL-2.0-only
#pragma once

#include "host/host_paths.h"

#include <optional>
#include <string>

namespace memory_collector {

struct TracefsHost {
    bool known_to_kernel = false;
    std::optional<std::string> mount_point;
    // Of an instance made and removed again; 0 if that worked.
    int instance_error = 0;
    bool collector_events = false; // the module's events are there
};

TracefsHost inspect_tracefs(const HostPaths &host);

} // namespace memory_collector
