// SPDX-License-Identifier: GPL-2.0-only
//
// A configuration: any text is taken or refused with an error of ours.
#include "command/config_file.h"
#include "fuzz_support.h"
#include "support/error.h"

#include <CLI/CLI.hpp>

using namespace memory_collector;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size)
{
    static const fuzz::Folder folder;
    folder.write("c.toml", fuzz::text_of(data, size));
    CLI::App program;
    std::string level, interval;
    unsigned top = 0;
    bool flag = false;
    program.add_option("--log-level", level)->check(CLI::IsMember({"info", "warn"}));
    CLI::App &run = *program.add_subcommand("run");
    run.add_option("--interval", interval);
    run.add_option("--top", top);
    run.add_flag("--flag", flag);
    try {
        ConfigFile file{folder.path("c.toml")};
        file.apply(program, "run");
    } catch (const Error &error) {
        fuzz::require(std::string_view{error.what()}.find("c.toml") != std::string_view::npos,
                      "an error names the file");
    }
    return 0;
}
