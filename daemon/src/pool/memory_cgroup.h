// SPDX-License-Identifier: GPL-2.0-only
//
// The memory cgroup (v1 or v2) that the holder has to itself.
#pragma once

#include "pool/state.h"

#include <cstdint>
#include <string>

namespace memory_collector::pool {

// Where it would be, and what has to be switched on for it; nothing is made yet. Throws Error where
// there are no memory cgroups.
HolderState plan_cgroup();

// Makes it, with a limit. Throws Error.
void make_cgroup(const HolderState &holder, std::uint64_t limit_bytes);

// The calling process goes in. 0, or errno.
int join_cgroup(const HolderState &holder);

// Ends whoever is in it, removes it, and switches off what was switched on for it. It may not be there.
void remove_cgroup(const HolderState &holder);

} // namespace memory_collector::pool
