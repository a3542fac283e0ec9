// SPDX-License-Identifier: GPL-2.0-only
//
// What a subcommand is. To add one: write one file that defines a class
// derived from Command and a factory for it, and add one line to the table in
// registry.cpp.
#pragma once

#include "support/exit_code.h"

#include <array>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace CLI {
class App;
}

namespace memory_collector {

class Command {
public:
    virtual ~Command() = default;

    // Adds options and positionals to the subcommand's own parser. Values are
    // bound to members, so the object outlives the parser's run.
    virtual void add_options(CLI::App &app) = 0;

    // Does the work and returns the exit code. A failure may also be thrown as
    // any std::exception: its text is logged, and the exit code is 1. Throw
    // UsageError (support/error.h) for an option that parses but makes no
    // sense: exit code 2.
    virtual int execute() = 0;
};

// --log-level, which the program has before its commands.
void add_log_level(CLI::App &program, std::string &level);

// A link to the program whose name alone stands for a command: `page_fault` is
// `memory-collector probe fault`. The links are made in daemon/CMakeLists.txt.
struct ProgramName {
    std::string_view name;
    std::array<std::string_view, 2> arguments; // the second may be empty
};

std::span<const ProgramName> program_names();

struct CommandEntry {
    std::string_view name;
    std::string_view summary;
    std::unique_ptr<Command> (*make)();
};

// All subcommands, in the order in which --help lists them.
std::span<const CommandEntry> commands();

} // namespace memory_collector
