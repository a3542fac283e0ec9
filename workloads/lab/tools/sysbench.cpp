// SPDX-License-Identifier: GPL-2.0-only
#include "lab/tools/text.h"
#include "lab/tools/tools.h"
#include "support/clock.h"

#include <algorithm>
#include <array>
#include <bit>

namespace memory_collector::lab {

namespace {

class Sysbench : public Tool {
public:
    std::span<const Profile> profiles() const override
    {
        static constexpr std::array<Profile, 3> table{{
            {"memory-write", "writes a block from one end to the other"},
            {"memory-read", "reads it"},
            {"memory-random", "writes words of it at random"},
        }};
        return table;
    }
    std::string_view remedy() const override { return "apt-get install sysbench"; }
    std::optional<std::string> find(const std::string &given) const override
    {
        return find_program(given.empty() ? "sysbench" : given);
    }
    std::vector<std::string> version_command(const std::string &program) const override
    {
        return {program, "--version"};
    }

    ToolRun run(const std::string &program, std::string_view profile, const Bounds &bounds,
                const Scratch &scratch) const override
    {
        // A block for each thread; it takes powers of two.
        const std::uint64_t block =
            std::bit_floor(std::max<std::uint64_t>(1024, bounds.bytes / bounds.workers));
        return {
            .command = {program, "memory", "run", "--threads=" + std::to_string(bounds.workers),
                        "--time=" + std::to_string(std::max<std::uint64_t>(1, bounds.duration_ns / ns_per_s)),
                        "--memory-scope=local", "--memory-block-size=" + std::to_string(block),
                        // What ends it is the time.
                        "--memory-total-size=1000T",
                        std::string{"--memory-oper="} + (profile == "memory-read" ? "read" : "write"),
                        std::string{"--memory-access-mode="} + (profile == "memory-random" ? "rnd" : "seq")},
            .environment = {},
            .folder = scratch.folder};
    }

    std::vector<Metric> results(std::string_view output, const Scratch &) const override
    {
        return parse_sysbench(output);
    }
};

} // namespace

std::vector<Metric> parse_sysbench(std::string_view text)
{
    std::vector<Metric> metrics;
    bool latency = false;
    const auto add = [&](const char *name, std::optional<double> value, const char *unit) {
        if (value)
            metrics.push_back({name, *value, unit});
    };
    for_each_line(text, [&](std::string_view whole) {
        const std::string_view line = without_blanks(whole);
        const std::size_t colon = line.find(':');
        const std::size_t open = line.find('(');
        const std::string_view behind =
            colon == std::string_view::npos ? std::string_view{} : line.substr(colon + 1);
        if (line.starts_with("Latency"))
            latency = true;
        else if (line.starts_with("Threads fairness"))
            latency = false;
        else if (line.starts_with("Total operations:") && open != std::string_view::npos) {
            add("operations", leading_number(behind), "");
            add("operations_per_second", leading_number(line.substr(open + 1)), "1/s");
        } else if (line.find(" MiB transferred (") != std::string_view::npos) {
            add("transferred", leading_number(line), "MiB");
            add("bandwidth", leading_number(line.substr(open + 1)), "MiB/s");
        } else if (line.starts_with("total time:")) {
            add("time", leading_number(behind), "s");
        } else if (latency && line.starts_with("avg:")) {
            add("latency_mean", leading_number(behind), "ms");
        } else if (latency && line.starts_with("95th percentile:")) {
            add("latency_p95", leading_number(behind), "ms");
        } else if (latency && line.starts_with("max:")) {
            add("latency_max", leading_number(behind), "ms");
        }
    });
    return metrics;
}

std::unique_ptr<Tool> make_sysbench()
{
    return std::make_unique<Sysbench>();
}

} // namespace memory_collector::lab
