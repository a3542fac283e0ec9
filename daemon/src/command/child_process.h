// SPDX-License-Identifier: GPL-2.0-only
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <vector>

namespace memory_collector {

// The COMMAND of `run -- COMMAND`.
class ChildProcess {
public:
    // Throws Error if it cannot be executed.
    explicit ChildProcess(const std::vector<std::string> &command);
    // Terminates it, if it still runs.
    ~ChildProcess();
    ChildProcess(const ChildProcess &) = delete;
    ChildProcess &operator=(const ChildProcess &) = delete;

    // Its exit status as a shell gives it (128 + signal), once it has ended.
    std::optional<int> ended();

private:
    pid_t pid_ = -1;
    std::optional<int> status_;
};

} // namespace memory_collector
