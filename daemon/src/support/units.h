// SPDX-License-Identifier: GPL-2.0-only
//
// Durations and sizes as people write them: 500ms, 64KiB.
#pragma once

#include <concepts>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace memory_collector {

// A whole number and a unit: ns us ms s m h. Nothing if it is not one, has no
// unit, or does not fit 63 bits of nanoseconds.
std::optional<std::uint64_t> parse_duration(std::string_view text);

// A whole number and a unit: B KiB MiB GiB TiB, or kB MB GB TB for powers of
// ten.
std::optional<std::uint64_t> parse_size(std::string_view text);

// What the two accept, for error messages.
extern const char *const duration_help;
extern const char *const size_help;

// Three significant digits and a binary unit: "1.23 GiB".
std::string format_bytes(double bytes);
template <std::integral Integer> std::string format_bytes(Integer bytes)
{
    return format_bytes(static_cast<double>(bytes));
}

} // namespace memory_collector
