// SPDX-License-Identifier: GPL-2.0-only
#include "lab/tools/tools.h"

#include <unistd.h>

#include <array>
#include <cstdlib>

namespace memory_collector::lab {

std::span<const ToolEntry> tools()
{
    static constexpr const char *program = "the program, if it is not in PATH";
    static constexpr std::array<ToolEntry, 5> table{{
        {"stress-ng", "run stress-ng within bounds", "--command", program, make_stress_ng},
        {"sysbench", "run sysbench's memory test within bounds", "--command", program, make_sysbench},
        {"fio", "run fio on a file in memory within bounds", "--command", program, make_fio},
        {"mmtests", "run a configuration of MMTests within a time", "--mmtests-dir",
         "folder of MMTests (also: $MMTESTS_DIR)", make_mmtests},
        {"phoronix-test-suite", "run a test of the Phoronix Test Suite within a time", "--command", program,
         make_phoronix},
    }};
    return table;
}

std::optional<std::string> find_program(const std::string &name)
{
    const auto usable = [](const std::string &path) {
        return std::filesystem::is_regular_file(path) && ::access(path.c_str(), X_OK) == 0;
    };
    if (name.find('/') != std::string::npos)
        return usable(name) ? std::optional{std::filesystem::absolute(name).string()} : std::nullopt;
    const char *const path = std::getenv("PATH");
    std::string_view folders = path != nullptr ? path : "/usr/bin:/bin";
    while (!folders.empty()) {
        const std::size_t end = std::min(folders.find(':'), folders.size());
        const std::string candidate = std::string{folders.substr(0, end)} + "/" + name;
        if (usable(candidate))
            return candidate;
        folders.remove_prefix(std::min(end + 1, folders.size()));
    }
    return std::nullopt;
}

} // namespace memory_collector::lab
