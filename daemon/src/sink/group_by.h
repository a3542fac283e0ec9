// SPDX-License-Identifier: GPL-2.0-only
//
// Rows of containers or cgroups instead of those of their processes, for any
// format: stands between the model and the sink of the format.
#pragma once

#include "model/rows.h"

#include <cstdint>
#include <memory>

namespace memory_collector {

enum class GroupBy : std::uint8_t { process, container, cgroup };

// By process, this is the sink itself.
std::unique_ptr<Sink> grouped_by(GroupBy by, std::unique_ptr<Sink> sink);

} // namespace memory_collector
