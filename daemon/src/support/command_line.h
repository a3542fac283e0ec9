// SPDX-License-Identifier: GPL-2.0-only
#pragma once

#include "support/exit_code.h"

#include <CLI/CLI.hpp>

#include <optional>

namespace memory_collector {

// Calls parse(); the exit code, if the command line is wrong or asks for no more than --help or --version.
// CLI11 has a code per kind of mistake, ours is the same for all of them.
template <typename Parse> std::optional<int> exit_of_parsing(const CLI::App &app, Parse &&parse)
{
    try {
        parse();
    } catch (const CLI::ParseError &error) {
        return app.exit(error) == 0 ? exit_done : exit_usage;
    }
    return std::nullopt;
}

} // namespace memory_collector
