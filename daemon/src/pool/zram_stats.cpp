// SPDX-License-Identifier: GPL-2.0-only
#include "pool/zram_stats.h"
#include "support/words.h"

#include <algorithm>
#include <array>
#include <limits>
#include <span>

namespace memory_collector::pool {

namespace {

constexpr std::uint64_t sector = 512;

// Fills the first columns; false if one of the first `needed` is no number.
bool take(std::string_view text, std::span<Count> columns, std::size_t needed)
{
    for (std::size_t i = 0; i < columns.size(); i++) {
        columns[i] = whole<std::uint64_t>(next_word(text));
        if (columns[i])
            continue;
        return i >= needed;
    }
    return true;
}

std::optional<std::uint64_t> bytes_of(std::uint64_t sectors)
{
    if (sectors > std::numeric_limits<std::uint64_t>::max() / sector)
        return std::nullopt;
    return sectors * sector;
}

} // namespace

std::optional<MemoryStat> parse_mm_stat(std::string_view text)
{
    std::array<Count, 9> columns;
    if (!take(text, columns, 5))
        return std::nullopt;
    return MemoryStat{.orig_data_size = *columns[0],
                      .compr_data_size = *columns[1],
                      .mem_used_total = *columns[2],
                      .mem_limit = *columns[3],
                      .mem_used_max = *columns[4],
                      .same_pages = columns[5],
                      .pages_compacted = columns[6],
                      .huge_pages = columns[7],
                      .huge_pages_since = columns[8]};
}

std::optional<FailureStat> parse_io_stat(std::string_view text)
{
    std::array<Count, 4> columns;
    if (!take(text, columns, columns.size()))
        return std::nullopt;
    return FailureStat{*columns[0], *columns[1], *columns[2], *columns[3]};
}

std::optional<RequestStat> parse_block_stat(std::string_view text)
{
    // reads, merged, sectors, ms, and the same of writes.
    std::array<Count, 7> columns;
    if (!take(text, columns, columns.size()))
        return std::nullopt;
    const Count read = bytes_of(*columns[2]);
    const Count written = bytes_of(*columns[6]);
    if (!read || !written)
        return std::nullopt;
    return RequestStat{*columns[0], *read, *columns[4], *written};
}

std::optional<BackingStat> parse_bd_stat(std::string_view text)
{
    std::array<Count, 3> columns;
    if (!take(text, columns, columns.size()))
        return std::nullopt;
    return BackingStat{*columns[0], *columns[1], *columns[2]};
}

bool Algorithms::has(std::string_view name) const
{
    return std::find(names.begin(), names.end(), name) != names.end();
}

std::string Algorithms::listed() const
{
    std::string text;
    for (const std::string &name : names)
        text += (text.empty() ? "" : ", ") + name;
    return text;
}

Algorithms parse_algorithms(std::string_view text)
{
    Algorithms found;
    for (std::string_view word = next_word(text); !word.empty(); word = next_word(text)) {
        const bool chosen = word.size() > 2 && word.front() == '[' && word.back() == ']';
        if (chosen) {
            word = word.substr(1, word.size() - 2);
            found.chosen = word;
        }
        found.names.emplace_back(word);
    }
    return found;
}

std::vector<std::string> parse_recompression(std::string_view text)
{
    std::vector<std::string> chosen;
    while (!text.empty()) {
        std::string_view line = next_line(text);
        if (!next_word(line).starts_with('#'))
            continue;
        if (const Algorithms one = parse_algorithms(line); !one.chosen.empty())
            chosen.push_back(one.chosen);
    }
    return chosen;
}

Count parse_count(std::string_view text)
{
    const Count value = whole<std::uint64_t>(next_word(text));
    return next_word(text).empty() ? value : std::nullopt;
}

} // namespace memory_collector::pool
