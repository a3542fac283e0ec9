// SPDX-License-Identifier: GPL-2.0-only
#include "compress/smaps.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

namespace memory_collector::compress {

namespace {

// What is looked at of a line ends long before this; a name goes on as long as it likes.
constexpr std::size_t line_most = 512;

// Takes a number from the front of text, and the character behind it if one is asked for.
std::optional<std::uint64_t> take(std::string_view &text, int base, char behind)
{
    std::uint64_t value = 0;
    const auto [rest, error] = std::from_chars(text.data(), text.data() + text.size(), value, base);
    const auto length = static_cast<std::size_t>(rest - text.data());
    if (error != std::errc{} || length >= text.size() || text[length] != behind)
        return std::nullopt;
    text.remove_prefix(length + 1);
    return value;
}

// "55d0-55d2 rw-s 00000000 00:01 7   /name"
std::optional<Mapping> heading(std::string_view text)
{
    Mapping mapping;
    const auto begin = take(text, 16, '-');
    const auto end = begin ? take(text, 16, ' ') : std::nullopt;
    if (!end || text.size() < 5 || text[4] != ' ')
        return std::nullopt;
    const char sharing = text[3];
    if (sharing != 'p' && sharing != 's')
        return std::nullopt;
    text.remove_prefix(5);
    const auto offset = take(text, 16, ' ');
    const auto major = offset ? take(text, 16, ':') : std::nullopt;
    const auto minor = major ? take(text, 16, ' ') : std::nullopt;
    if (!minor || *end <= *begin)
        return std::nullopt;
    mapping.begin = *begin;
    mapping.end = *end;
    mapping.shared = sharing == 's';
    mapping.device_major = static_cast<std::uint32_t>(*major);
    mapping.device_minor = static_cast<std::uint32_t>(*minor);
    return mapping;
}

void without_spaces(std::string_view &text)
{
    text.remove_prefix(std::min(text.find_first_not_of(' '), text.size()));
}

void flags(std::string_view text, Mapping &mapping)
{
    mapping.flags_known = true;
    for (without_spaces(text); text.size() >= 2; without_spaces(text)) {
        const std::string_view flag = text.substr(0, 2);
        mapping.device |= flag == "io" || flag == "pf" || flag == "mm";
        mapping.hugetlb |= flag == "ht";
        mapping.locked |= flag == "lo";
        mapping.soft_dirty |= flag == "sd";
        text.remove_prefix(2);
    }
}

struct Field {
    std::string_view name;
    std::uint64_t Mapping::*bytes;
};

constexpr std::array<Field, 4> fields{{{"Rss:", &Mapping::resident_bytes},
                                       {"Anonymous:", &Mapping::anonymous_bytes},
                                       {"Referenced:", &Mapping::referenced_bytes},
                                       {"Swap:", &Mapping::swapped_bytes}}};

} // namespace

void SmapsParser::feed(std::string_view text)
{
    while (!text.empty()) {
        const std::size_t newline = text.find('\n');
        const std::string_view part = text.substr(0, newline);
        line_.append(part.substr(0, line_most - std::min(line_most, line_.size())));
        if (newline == std::string_view::npos)
            return;
        line(line_);
        line_.clear();
        text.remove_prefix(newline + 1);
    }
}

void SmapsParser::end()
{
    // A last line without its newline is half a line.
    line_.clear();
    if (in_mapping_)
        found_(mapping_);
    in_mapping_ = false;
}

void SmapsParser::line(std::string_view text)
{
    if (const auto next = heading(text)) {
        if (in_mapping_)
            found_(mapping_);
        mapping_ = *next;
        in_mapping_ = true;
        return;
    }
    if (!in_mapping_)
        return;
    constexpr std::string_view flags_name = "VmFlags:";
    if (text.starts_with(flags_name)) {
        flags(text.substr(flags_name.size()), mapping_);
        return;
    }
    for (const Field &field : fields) {
        if (!text.starts_with(field.name))
            continue;
        text.remove_prefix(field.name.size());
        without_spaces(text);
        if (const auto kib = take(text, 10, ' '))
            mapping_.*field.bytes = *kib * 1024;
        return;
    }
}

} // namespace memory_collector::compress
