// SPDX-License-Identifier: GPL-2.0-only
#include "pool/swap_table.h"

#include "support/units.h"
#include "support/words.h"

#include <algorithm>

namespace memory_collector::pool {

namespace {

constexpr std::uint64_t kib = 1024;
// What the machine needs beside, while pages come back.
constexpr std::uint64_t reserve = std::uint64_t{32} << 20;

std::optional<std::uint64_t> bytes_of(std::string_view word)
{
    const auto value = whole<std::uint64_t>(word);
    return value && *value <= UINT64_MAX / kib ? std::optional{*value * kib} : std::nullopt;
}

// Blanks in names are \040.
std::string unescaped(std::string_view word)
{
    std::string name;
    for (std::size_t i = 0; i < word.size(); i++) {
        const bool escape = word.substr(i).starts_with("\\040");
        name += escape ? ' ' : word[i];
        i += escape ? 3 : 0;
    }
    return name;
}

} // namespace

std::vector<SwapArea> parse_swaps(std::string_view text)
{
    std::vector<SwapArea> areas;
    while (!text.empty()) {
        std::string_view line = next_line(text);
        const std::string_view name = next_word(line);
        next_word(line); // partition or file
        const auto size = bytes_of(next_word(line));
        const auto used = bytes_of(next_word(line));
        const auto priority = whole<int>(next_word(line));
        if (size && used && priority && *used <= *size)
            areas.push_back(SwapArea{unescaped(name), *size, *used, *priority});
    }
    return areas;
}

std::optional<std::uint64_t> parse_available(std::string_view meminfo)
{
    return bytes_of(word_behind(meminfo, "MemAvailable:"));
}

std::optional<std::string> why_not_first(const std::vector<SwapArea> &areas, std::string_view name)
{
    const auto ours =
        std::find_if(areas.begin(), areas.end(), [&](const SwapArea &area) { return area.name == name; });
    if (ours == areas.end())
        return std::string{name} + " is no swap area in use";
    for (const SwapArea &area : areas)
        if (area.name != name && area.priority >= ours->priority)
            return "the swap area " + area.name + " has priority " + std::to_string(area.priority) + ", " +
                   std::string{name} + " has " + std::to_string(ours->priority) +
                   ": pages would go there, too";
    return std::nullopt;
}

std::optional<std::string> why_no_room(std::uint64_t swapped_bytes, std::uint64_t available_bytes)
{
    if (swapped_bytes == 0 || (available_bytes > reserve && swapped_bytes <= available_bytes - reserve))
        return std::nullopt;
    return format_bytes(swapped_bytes) + " are swapped out there, and " + format_bytes(available_bytes) +
           " of memory are available (" + format_bytes(reserve) + " of them stay free)";
}

} // namespace memory_collector::pool
