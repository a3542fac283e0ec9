// SPDX-License-Identifier: GPL-2.0-only
#include "lab/command.h"
#include "lab/tools/tool_command.h"
#include "lab/workload_command.h"
#include "support/command_line.h"
#include "support/error.h"

#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

namespace {

using namespace memory_collector;
using namespace memory_collector::lab;

int run_program(int argc, char **argv)
{
    spdlog::set_default_logger(spdlog::stderr_color_mt("memory-workload"));
    spdlog::set_pattern("%n: %^%l%$: %v");

    CLI::App app{"Memory workloads at known rates, with known contents, for a bounded time."};
    app.set_version_flag("--version", std::string{"memory-workload " MC_VERSION});
    app.require_subcommand(1);
    app.get_formatter()->column_width(38);

    std::vector<std::unique_ptr<LabCommand>> made;
    std::vector<CLI::App *> parsers;
    const auto add = [&](std::string_view name, std::string_view summary,
                         std::unique_ptr<LabCommand> command) {
        parsers.push_back(app.add_subcommand(std::string{name}, std::string{summary}));
        made.push_back(std::move(command));
        made.back()->add_options(*parsers.back());
    };
    for (const WorkloadEntry &entry : workloads())
        add(entry.name, entry.summary, make_workload_command(entry));
    for (const ToolEntry &entry : tools())
        add(entry.name, entry.summary, make_tool_command(entry));
    add("check-tools", "which of these programs are here, and of what version", make_check_tools());

    // The parser would only say that something is missing.
    const std::string_view first = argc > 1 ? argv[1] : "-";
    if (!first.starts_with('-') &&
        std::ranges::none_of(parsers, [&](const CLI::App *parser) { return parser->get_name() == first; }))
        throw UsageError("there is no '" + std::string{first} +
                         "': memory-workload --help lists what there is");
    if (const auto code = exit_of_parsing(app, [&] { app.parse(argc, argv); }))
        return *code;
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
