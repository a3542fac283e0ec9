// SPDX-License-Identifier: GPL-2.0-only
#include "lab/tools/text.h"
#include "lab/tools/tools.h"
#include "support/clock.h"
#include "support/files.h"

#include <algorithm>
#include <array>

namespace memory_collector::lab {

namespace {

class StressNg : public Tool {
public:
    std::span<const Profile> profiles() const override
    {
        static constexpr std::array<Profile, 4> table{{
            {"vm", "writes and checks patterns in memory"},
            {"mmap", "maps and unmaps memory"},
            {"memrate", "reads and writes memory as fast as it can"},
            {"fork", "forks processes that exit"},
        }};
        return table;
    }
    std::string_view remedy() const override { return "apt-get install stress-ng"; }
    std::optional<std::string> find(const std::string &given) const override
    {
        return find_program(given.empty() ? "stress-ng" : given);
    }
    std::vector<std::string> version_command(const std::string &program) const override
    {
        return {program, "--version"};
    }

    ToolRun run(const std::string &program, std::string_view profile, const Bounds &bounds,
                const Scratch &scratch) const override
    {
        const std::string name{profile};
        ToolRun run{.command = {program, "--" + name, std::to_string(bounds.workers)},
                    .environment = {},
                    .folder = scratch.folder};
        const auto add = [&](std::initializer_list<std::string> more) {
            run.command.insert(run.command.end(), more);
        };
        // Of vm and mmap the size is that of all workers together, of memrate that of each.
        if (name == "vm" || name == "mmap")
            add({"--" + name + "-bytes", std::to_string(bounds.bytes)});
        else if (name == "memrate")
            add({"--memrate-bytes", std::to_string(bounds.bytes / bounds.workers)});
        else
            add({"--fork-max", "1"});
        add({"--timeout", std::to_string(std::max<std::uint64_t>(1, bounds.duration_ns / ns_per_s)) + "s",
             "--metrics-brief", "--no-rand-seed", "--temp-path", scratch.folder.string(), "--yaml",
             (scratch.folder / "metrics.yaml").string()});
        return run;
    }

    std::vector<Metric> results(std::string_view, const Scratch &scratch) const override
    {
        return parse_stress_ng(read_file((scratch.folder / "metrics.yaml").string()));
    }
};

std::string unit_of(std::string_view key)
{
    if (key.ends_with("-time") && !key.ends_with("usr-sys-time") && !key.ends_with("real-time"))
        return "s";
    if (key == "max-rss")
        return "KiB";
    if (key.find("per-second") != std::string_view::npos)
        return "1/s";
    return key.starts_with("cpu-usage") ? "%" : "";
}

} // namespace

std::vector<Metric> parse_stress_ng(std::string_view yaml)
{
    std::vector<Metric> metrics;
    bool inside = false;
    std::string stressor;
    for_each_line(yaml, [&](std::string_view line) {
        if (!line.empty() && line.front() != ' ')
            inside = line.starts_with("metrics:");
        std::string_view text = without_blanks(line);
        if (!inside || text.empty())
            return;
        if (text.starts_with("- "))
            text = without_blanks(text.substr(2));
        const std::size_t colon = text.find(": ");
        if (colon == std::string_view::npos)
            return;
        const std::string_view key = text.substr(0, colon);
        const std::string_view value = without_blanks(text.substr(colon + 2));
        if (key == "stressor")
            stressor = value;
        else if (const auto number = whole_number(value); number && !stressor.empty())
            metrics.push_back({stressor + "." + std::string{key}, *number, unit_of(key)});
    });
    return metrics;
}

std::unique_ptr<Tool> make_stress_ng()
{
    return std::make_unique<StressNg>();
}

} // namespace memory_collector::lab
