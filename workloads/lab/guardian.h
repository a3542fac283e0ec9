// SPDX-License-Identifier: GPL-2.0-only
//
// Nothing outlives a run, however it ends. The program becomes two processes: the keeper does
// the work, and both take in what loses its parent. If one of them is killed, the other ends
// all that is left. The kernel, when memory runs out, takes neither of them where it may be told so: they
// have to see to the end of those that it takes.
#pragma once

#include "support/signals.h"

#include <csignal>
#include <functional>

namespace memory_collector::lab {

// Runs this in the keeper, and returns its exit code. SIGINT and SIGTERM are blocked in it: it
// looks for them by Signals. What it forks sets its own OOM score (oom_score.h).
int guarded(const std::function<int()> &run);

// The signal that asks for an end, 0 if none does: a terminal that goes is one.
inline int stop_signal(const Signals::Seen &seen)
{
    return seen.stop != 0 ? seen.stop : seen.reopen ? SIGHUP : 0;
}

// Kills and reaps all descendants of this process.
void end_descendants();

} // namespace memory_collector::lab
