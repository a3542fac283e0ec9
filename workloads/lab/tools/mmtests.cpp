// SPDX-License-Identifier: GPL-2.0-only
#include "lab/tools/text.h"
#include "lab/tools/tools.h"

#include <array>
#include <cstdlib>

namespace memory_collector::lab {

namespace {

// Runs MMTests and has its own script print what it measured.
constexpr std::string_view script = R"(set -u
cd "$1" || exit 1
./run-mmtests.sh --no-monitor --config "configs/$2" "$3" >&2 || exit $?
for log in work/log/"$3"/iter-0/*/ work/log/"$3"/*/; do
    bench=${log%/}
    bench=${bench##*/}
    [ -d "$log" ] && [ "${bench#iter-}" = "$bench" ] || continue
    ./bin/extract-mmtests.pl -d work/log -b "$bench" -n "$3" 2>/dev/null
done
exit 0
)";

class Mmtests : public Tool {
public:
    std::span<const Profile> profiles() const override
    {
        static constexpr std::array<Profile, 3> table{{
            {"pft", "page faults: configs/config-workload-pft-threads"},
            {"pagealloc", "page allocator: configs/config-workload-aim9-pagealloc"},
            {"thpscale", "huge pages: configs/config-workload-thpscale"},
        }};
        return table;
    }
    std::string_view remedy() const override
    {
        return "git clone https://github.com/gormanm/mmtests, then --mmtests-dir FOLDER (Debian has no "
               "package)";
    }
    std::optional<std::string> find(const std::string &given) const override
    {
        const char *const set = std::getenv("MMTESTS_DIR");
        const std::string folder = !given.empty() ? given : set != nullptr ? set : "";
        if (folder.empty() || !find_program(folder + "/run-mmtests.sh"))
            return std::nullopt;
        return std::filesystem::absolute(folder).string();
    }
    // Its releases are tags of its repository.
    std::vector<std::string> version_command(const std::string &program) const override
    {
        return {"git", "-C", program, "describe", "--always", "--tags"};
    }

    ToolRun run(const std::string &program, std::string_view profile, const Bounds &,
                const Scratch &) const override
    {
        const std::string config = profile == "pft"         ? "config-workload-pft-threads"
                                   : profile == "pagealloc" ? "config-workload-aim9-pagealloc"
                                                            : "config-workload-thpscale";
        return {.command = {"/bin/bash", "-c", std::string{script}, "mmtests", program, config,
                            "memory-workload"},
                .environment = {},
                .folder = program,
                .slack_ns = 0};
    }

    std::vector<Metric> results(std::string_view output, const Scratch &) const override
    {
        return parse_mmtests(output);
    }
};

} // namespace

// Lines of a name, perhaps a sample's number, and a value.
std::vector<Metric> parse_mmtests(std::string_view table)
{
    std::vector<Metric> metrics;
    for_each_line(table, [&](std::string_view whole) {
        const std::string_view line = without_blanks(whole);
        const std::size_t name_end = line.find_first_of(" \t");
        const std::size_t value_begin = line.find_last_of(" \t");
        if (name_end == std::string_view::npos)
            return;
        const std::string_view name = line.substr(0, name_end);
        if (const auto value = whole_number(line.substr(value_begin + 1)); value && !whole_number(name))
            metrics.push_back({std::string{name}, *value, ""});
    });
    return metrics;
}

std::unique_ptr<Tool> make_mmtests()
{
    return std::make_unique<Mmtests>();
}

} // namespace memory_collector::lab
