// SPDX-License-Identifier: GPL-2.0-only
//
// A TOML file with the options of the program, and in a table named like a
// command those of the command, by their long names:
//
//   log-level = "warn"
//   [run]
//   interval = "500ms"
#pragma once

#include "support/error.h"

#include <memory>
#include <string>

namespace CLI {
class App;
} // namespace CLI

namespace memory_collector {

class ConfigFile {
public:
    // Throws UsageError if it cannot be read or is no TOML.
    explicit ConfigFile(std::string path);
    ~ConfigFile();

    // Gives its values to those options of the program and the command that have
    // none. Throws UsageError that names file, line, key and remedy.
    void apply(CLI::App &program, const std::string &command);

    // If the option's value is this file's: the error that says so. Else the same.
    [[noreturn]] void refuse(const OptionError &error) const;

private:
    struct Contents; // keeps the TOML library out of here
    std::unique_ptr<Contents> contents_;
};

} // namespace memory_collector
