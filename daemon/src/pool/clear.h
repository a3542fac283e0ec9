// SPDX-License-Identifier: GPL-2.0-only
//
// Takes away what a pool consists of, in whatever state it is: what `reset` does, and what a
// setup does that fails.
#pragma once

#include "pool/state_file.h"

namespace memory_collector::pool {

// The device of this pool, if it is (still) there: made in a step that was not seen to its end, or known
// by number and sequence.
std::optional<unsigned> device_of(const PoolState &state);

// Holder, cgroup, swap area, device, state. Throws Error where something stays; the state stays, too, then.
void clear(const StateFile &file, const PoolState &state);

// Only the holder and its cgroup.
void clear_holder(const StateFile &file, PoolState &state);

} // namespace memory_collector::pool
