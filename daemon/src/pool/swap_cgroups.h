// SPDX-License-Identifier: GPL-2.0-only
//
// Limits of the memory cgroups whose pages are swapped out. swapoff(2) brings them back on the
// account of their cgroup: where one is full, the kernel kills in it, room on the machine or not.
#pragma once

#include "host/host_paths.h"
#include "oom/signals.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace memory_collector::pool {

// Why what this cgroup has swapped out does not fit below its limit, in words. Of swapped_bytes,
// which all cgroups together have in the area, none of it may be this one's, or all of it.
std::optional<std::string> why_no_room_in(std::string_view cgroup, const oom::SignalValues &signals,
                                          std::uint64_t swapped_bytes);

// The same of the cgroups of this machine: the first in the way, and by which file it is given room.
std::optional<std::string> why_no_room_in_cgroups(std::uint64_t swapped_bytes, const HostPaths &host = {});

} // namespace memory_collector::pool
