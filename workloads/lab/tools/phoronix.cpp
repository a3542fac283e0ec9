// SPDX-License-Identifier: GPL-2.0-only
#include "lab/tools/text.h"
#include "lab/tools/tools.h"
#include "support/files.h"

#include <spdlog/fmt/fmt.h>

#include <array>
#include <cstdlib>

namespace memory_collector::lab {

namespace {

constexpr const char *result_name = "memory-workload";

class Phoronix : public Tool {
public:
    std::span<const Profile> profiles() const override
    {
        static constexpr std::array<Profile, 3> table{{
            {"stream", "memory bandwidth: pts/stream"},
            {"ramspeed", "memory bandwidth by kind of access: pts/ramspeed"},
            {"cachebench", "cache bandwidth: pts/cachebench"},
        }};
        return table;
    }
    std::string_view remedy() const override
    {
        return "install it from https://www.phoronix-test-suite.com (Debian has no package), then: "
               "phoronix-test-suite batch-setup && phoronix-test-suite install pts/stream";
    }
    std::optional<std::string> find(const std::string &given) const override
    {
        return find_program(given.empty() ? "phoronix-test-suite" : given);
    }
    std::vector<std::string> version_command(const std::string &program) const override
    {
        return {program, "version"};
    }

    // Only what is installed is run: installing takes longer than any bound here.
    ToolRun run(const std::string &program, std::string_view profile, const Bounds &,
                const Scratch &scratch) const override
    {
        return {.command = {program, "batch-run", "pts/" + std::string{profile}},
                .environment = {std::string{"TEST_RESULTS_NAME="} + result_name,
                                std::string{"TEST_RESULTS_IDENTIFIER="} + result_name, "FORCE_TIMES_TO_RUN=1",
                                "PTS_SILENT_MODE=1"},
                .folder = scratch.folder,
                .slack_ns = 0};
    }

    std::vector<Metric> results(std::string_view, const Scratch &) const override
    {
        std::vector<std::string> folders{"/var/lib/phoronix-test-suite"};
        if (const char *const home = std::getenv("HOME"); home != nullptr)
            folders.insert(folders.begin(), std::string{home} + "/.phoronix-test-suite");
        if (const char *const set = std::getenv("PTS_USER_PATH_OVERRIDE"); set != nullptr)
            folders.insert(folders.begin(), set);
        for (const std::string &folder : folders) {
            const std::string file = folder + "/test-results/" + result_name + "/composite.xml";
            if (auto metrics = parse_phoronix(read_file(file)); !metrics.empty())
                return metrics;
        }
        return {};
    }
};

// What is between <name> and </name>, and moves the text behind it; nothing if there is none.
std::optional<std::string_view> element(std::string_view &text, const std::string &name)
{
    const std::string open = "<" + name + ">";
    const std::size_t begin = text.find(open);
    if (begin == std::string_view::npos)
        return std::nullopt;
    const std::size_t end = text.find("</" + name + ">", begin);
    if (end == std::string_view::npos)
        return std::nullopt;
    const std::string_view inside = text.substr(begin + open.size(), end - begin - open.size());
    text.remove_prefix(end);
    return inside;
}

std::string first_element(std::string_view text, const std::string &name)
{
    return std::string{without_blanks(element(text, name).value_or(""))};
}

} // namespace

std::vector<Metric> parse_phoronix(std::string_view xml)
{
    std::vector<Metric> metrics;
    while (const auto result = element(xml, "Result")) {
        // An entry for each system that ran it: the last is this run's.
        std::string_view entries = *result;
        std::optional<double> value;
        while (const auto entry = element(entries, "Entry"))
            if (const auto number = whole_number(first_element(*entry, "Value")))
                value = number;
        const std::string title = first_element(*result, "Title");
        const std::string what = first_element(*result, "Description");
        if (value && !title.empty())
            metrics.push_back({what.empty() ? title : fmt::format("{}: {}", title, what), *value,
                               first_element(*result, "Scale")});
    }
    return metrics;
}

std::unique_ptr<Tool> make_phoronix()
{
    return std::make_unique<Phoronix>();
}

} // namespace memory_collector::lab
