// SPDX-License-Identifier: GPL-2.0-only
#pragma once

#include "oom/engine.h"

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <vector>

namespace memory_collector::oom {

// A command that is run for an alert: directly, no shell reads what processes
// and cgroups are named. It is told of the alert by its environment. One runs at
// a time; what comes while it does is counted.
class Hook {
public:
    // The command and its arguments, divided by blanks.
    explicit Hook(const std::string &command);

    void run(const Assessment &assessment, double horizon_s, double probability);
    // Takes notice of its end.
    void reap();
    std::uint64_t skipped() const { return skipped_; }

private:
    std::vector<std::string> command_;
    pid_t pid_ = -1;
    std::uint64_t skipped_ = 0;
};

// NAME=value, as the hook has them on top of our own.
std::vector<std::string> hook_environment(const Assessment &assessment, double horizon_s, double probability);

} // namespace memory_collector::oom
