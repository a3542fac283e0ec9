// SPDX-License-Identifier: GPL-2.0-only
#include "command/command.h"
#include "support/error.h"

#include <CLI/CLI.hpp>
#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <exception>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace {

using namespace memory_collector;

// CLI11 has an exit code per kind of mistake; ours is 2 for all of them, and 0
// for --help and --version, which it also reports by exceptions.
int usage_exit(const CLI::App &app, const CLI::ParseError &error)
{
    return app.exit(error) == 0 ? exit_done : exit_usage;
}

// Under the name of a probe the program is that probe, as ram-pool it is the pool: CLI11 takes the
// arguments last one first.
std::vector<std::string> arguments_of(int argc, char **argv)
{
    std::vector<std::string> arguments(argv + std::min(argc, 1), argv + argc);
    const std::string_view path = argc > 0 ? argv[0] : "";
    const std::string_view name = path.substr(path.find_last_of('/') + 1);
    const std::string_view probe = probe_of_program_name(name);
    if (name == "ram-pool")
        arguments.insert(arguments.begin(), "pool");
    else if (!probe.empty())
        arguments.insert(arguments.begin(), {"probe", std::string{probe}});
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

    try {
        app.parse(arguments_of(argc, argv));
    } catch (const CLI::ParseError &error) {
        return usage_exit(app, error);
    }
    spdlog::set_level(spdlog::level::from_str(level));

    for (std::size_t i = 0; i < parsers.size(); i++)
        if (parsers[i]->parsed())
            return made[i]->execute();
    return exit_usage;
}

} // namespace

int main(int argc, char **argv)
{
    try {
        return run_program(argc, argv);
    } catch (const UsageError &error) {
        spdlog::error("{}", error.what());
        return exit_usage;
    } catch (const std::exception &error) {
        spdlog::error("{}", error.what());
        return exit_failed;
    }
}
