// SPDX-License-Identifier: GPL-2.0-only
//
// The kernel tells pids of the initial pid namespace; /proc of a container shows those of its own.
#pragma once

#include "host/host_paths.h"

namespace memory_collector {

enum class PidNamespace {
    initial, // pids of /proc are those that the kernel tells
    other,   // a container's
    unknown, // no /proc
};

// The calling process's.
PidNamespace own_pid_namespace(const HostPaths &host);

} // namespace memory_collector
