// SPDX-License-Identifier: GPL-2.0-only
#pragma once

#include "host/host_paths.h"
#include "oom/signals.h"

#include <optional>
#include <string>
#include <vector>

namespace memory_collector::oom {

// Where memory cgroups are, and of which kind. The v2 hierarchy counts if it
// has the memory controller, else a v1 hierarchy of it.
struct CgroupMount {
    TargetKind kind = TargetKind::cgroup_v2;
    std::string folder;
};
std::optional<CgroupMount> memory_cgroups(const HostPaths &host);

// The cgroups with a limit below this path ("/" for all), itself included: paths
// in the hierarchy, in the order of a walk. Those that go while it walks are
// not there.
struct LimitedCgroups {
    std::vector<std::string> paths;
    // There were more than this looks at.
    bool cut_off = false;
};
LimitedCgroups limited_cgroups(const CgroupMount &mount, const std::string &below);

// The nearest with a limit, this one or one above it; nothing if only the host has one.
std::optional<std::string> nearest_limited(const CgroupMount &mount, std::string path);

// Ids of the processes in a cgroup and those below it, ascending; `most` at most.
void processes_below(const CgroupMount &mount, const std::string &path, std::size_t most,
                     std::vector<std::uint32_t> &to);

} // namespace memory_collector::oom
