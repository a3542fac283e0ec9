// SPDX-License-Identifier: GPL-2.0-only
//
// Reading what programs print.
#pragma once

#include <charconv>
#include <cmath>
#include <optional>
#include <string_view>

namespace memory_collector::lab {

inline std::string_view without_blanks(std::string_view text)
{
    const std::size_t first = text.find_first_not_of(" \t\r");
    if (first == std::string_view::npos)
        return {};
    return text.substr(first, text.find_last_not_of(" \t\r") - first + 1);
}

// All of the text is one finite number.
inline std::optional<double> whole_number(std::string_view text)
{
    double value = 0;
    const auto [rest, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || rest != text.data() + text.size() || !std::isfinite(value))
        return std::nullopt;
    return value;
}

// The number that a text begins with.
inline std::optional<double> leading_number(std::string_view text)
{
    text = without_blanks(text);
    double value = 0;
    if (std::from_chars(text.data(), text.data() + text.size(), value).ec != std::errc{} ||
        !std::isfinite(value))
        return std::nullopt;
    return value;
}

// Calls take(line) for each line of a text.
template <typename Take> void for_each_line(std::string_view text, Take &&take)
{
    while (!text.empty()) {
        const std::size_t end = text.find('\n');
        take(text.substr(0, end));
        if (end == std::string_view::npos)
            return;
        text.remove_prefix(end + 1);
    }
}

} // namespace memory_collector::lab
