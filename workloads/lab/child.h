// SPDX-License-Identifier: GPL-2.0-only
//
// Children of a worker, one at a time: never more than there are workers.
#pragma once

#include "lab/worker.h"

#include <sys/types.h>

#include <cstdint>
#include <functional>

namespace memory_collector::lab {

// Kills this process when its parent ends. False if the parent has ended already.
bool die_with_parent(pid_t parent);

// Forks, lets the child do this and exit with what it returns, and reaps it; a child that is
// not done when time is up is killed. True if it was forked and ended by itself.
bool run_child(Worker &worker, const std::function<int()> &act);

// Such children one after the other, this worker's part of so many a second.
void run_children(Worker &worker, std::uint64_t per_second, const std::function<int()> &act);

} // namespace memory_collector::lab
