// SPDX-License-Identifier: GPL-2.0-only
#include "host/process_stat.h"

#include "support/words.h"

namespace memory_collector {

namespace {

constexpr int start_time_field = 22;

} // namespace

std::optional<ProcessStat> parse_process_stat(std::string_view text)
{
    // The name may hold anything, also ") ".
    const std::size_t open = text.find('(');
    const std::size_t close = text.rfind(')');
    if (open == std::string_view::npos || close == std::string_view::npos || close < open)
        return std::nullopt;
    ProcessStat stat;
    stat.name = text.substr(open + 1, close - open - 1);
    std::string_view rest = text.substr(close + 1);
    stat.state = next_word(rest);
    for (int field = 4; field < start_time_field; field++)
        next_word(rest);
    const auto start = whole<std::uint64_t>(next_word(rest));
    if (!start)
        return std::nullopt;
    stat.start_time = *start;
    return stat;
}

} // namespace memory_collector
