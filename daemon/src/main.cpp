// SPDX-License-Identifier: GPL-2.0-only
#include "command/command.h"
#include "support/command_line.h"

#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace {

using namespace memory_collector;

// What the name of a link stands for comes first; CLI11 takes the arguments last one first.
std::vector<std::string> arguments_of(int argc, char **argv)
{
    std::vector<std::string> arguments;
    const std::string_view path = argc > 0 ? argv[0] : "";
    const std::string_view name = path.substr(path.find_last_of('/') + 1);
    for (const ProgramName &link : program_names())
        if (link.name == name)
            for (const std::string_view argument : link.arguments)
                if (!argument.empty())
                    arguments.emplace_back(argument);
    arguments.insert(arguments.end(), argv + std::min(argc, 1), argv + argc);
    std::reverse(arguments.begin(), arguments.end());
    return arguments;
}

int run_program(int argc, char **argv)
{
    // Standard output carries the report and nothing else.
    spdlog::set_default_logger(spdlog::stderr_color_mt("memory-collector"));
    spdlog::set_pattern("%n: %^%l%$: %v");

    CLI::App app{"Memory bandwidth, cache and memory of every process, by Intel/AMD RDT monitoring."};
    app.set_version_flag("--version", std::string{"memory-collector " MC_VERSION});
    app.require_subcommand(1);

    std::string level = "info";
    add_log_level(app, level);

    std::vector<std::unique_ptr<Command>> made;
    std::vector<CLI::App *> parsers;
    for (const CommandEntry &entry : commands()) {
        CLI::App *parser = app.add_subcommand(std::string{entry.name}, std::string{entry.summary});
        parser->fallthrough();
        made.push_back(entry.make());
        made.back()->add_options(*parser);
        parsers.push_back(parser);
    }

    if (const auto code = exit_of_parsing(app, [&] { app.parse(arguments_of(argc, argv)); }))
        return *code;
    spdlog::set_level(spdlog::level::from_str(level));

    for (std::size_t i = 0; i < parsers.size(); i++)
        if (parsers[i]->parsed())
            return made[i]->execute();
    return exit_usage;
}

} // namespace

int main(int argc, char **argv)
{
    return exit_code_of([&] { return run_program(argc, argv); });
}
