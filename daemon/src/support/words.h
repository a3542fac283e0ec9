// SPDX-License-Identifier: GPL-2.0-only
//
// Taking a text of the kernel apart.
#pragma once

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <optional>
#include <string_view>

namespace memory_collector {

// Takes the next word off the text; empty at its end.
inline std::string_view next_word(std::string_view &text)
{
    constexpr std::string_view blanks = " \t\r\n";
    text.remove_prefix(std::min(text.find_first_not_of(blanks), text.size()));
    const std::string_view word = text.substr(0, text.find_first_of(blanks));
    text.remove_prefix(word.size());
    return word;
}

inline std::string_view next_line(std::string_view &text)
{
    const std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    return line;
}

// What comes behind a key, the first word of a line, as in /proc/meminfo, status and memory.stat;
// empty if no line has it.
inline std::string_view word_behind(std::string_view text, std::string_view key)
{
    while (!text.empty()) {
        std::string_view line = next_line(text);
        if (next_word(line) == key)
            return next_word(line);
    }
    return {};
}

// Nothing unless all of the word is a number that fits.
template <typename Integer> std::optional<Integer> whole(std::string_view word)
{
    Integer value{};
    const char *const end = word.data() + word.size();
    const auto [rest, error] = std::from_chars(word.data(), end, value);
    if (error != std::errc{} || rest != end || word.empty())
        return std::nullopt;
    return value;
}

} // namespace memory_collector
