// SPDX-License-Identifier: GPL-2.0-only
//
// /proc/PID/stat, proc_pid_stat(5).
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace memory_collector {

struct ProcessStat {
    std::string_view name;        // as it is in the text, which it points into
    std::string_view state;       // a letter: Z and X have ended
    std::uint64_t start_time = 0; // since boot, in ticks of sysconf(_SC_CLK_TCK)
};

// Nothing for a text that is none.
std::optional<ProcessStat> parse_process_stat(std::string_view text);

} // namespace memory_collector
