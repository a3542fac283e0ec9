// SPDX-License-Identifier: GPL-2.0-only
//
// What it takes to begin another program, beside fork(2) and exec(3).
#pragma once

#include "support/fd.h"

#include <string>
#include <vector>

namespace memory_collector {

struct Pipe {
    UniqueFd from;
    UniqueFd to;
};

// Both ends are closed on exec. Throws Error.
Pipe make_pipe();

// A command, or an environment, as execvp(3) and posix_spawn(3) take it.
class ExecStrings {
public:
    explicit ExecStrings(std::vector<std::string> texts);
    ExecStrings(const ExecStrings &) = delete;
    ExecStrings &operator=(const ExecStrings &) = delete;

    char *const *get() const { return pointers_.data(); }
    const char *program() const { return pointers_.front(); }

private:
    std::vector<std::string> texts_;
    std::vector<char *> pointers_;
};

// Between fork and exec: exec(3) leaves signals blocked and ignored that this process has blocked and
// ignored (support/signals.h).
void signals_of_a_new_program();

} // namespace memory_collector
