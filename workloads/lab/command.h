// SPDX-License-Identifier: GPL-2.0-only
#pragma once

#include "support/exit_code.h"

#include <string>

namespace CLI {
class App;
}

namespace memory_collector::lab {

// Beside those of support/exit_code.h. A stop by SIGINT is 130, by SIGTERM 143, as a shell has it.
inline constexpr int exit_no_tool = 127;
inline constexpr int exit_signal = 128;

// What is printed on standard output, all of it, or an Error.
void print_all(const std::string &text);

class LabCommand {
public:
    virtual ~LabCommand() = default;
    virtual void add_options(CLI::App &app) = 0;
    // The exit code. Throws UsageError, or any std::exception for a failure.
    virtual int execute() = 0;
};

} // namespace memory_collector::lab
