// SPDX-License-Identifier: GPL-2.0-only
#include "support/units.h"

#include <array>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <limits>
#include <span>

namespace memory_collector {

const char *const duration_help = "a whole number with a unit, one of ns us ms s m h, such as 500ms or 10s";
const char *const size_help =
    "a whole number with a unit, one of B KiB MiB GiB TiB kB MB GB TB, such as 64KiB";

namespace {

struct Unit {
    std::string_view name;
    std::uint64_t factor;
};

constexpr std::array<Unit, 6> durations{{{"ns", 1},
                                         {"us", 1'000},
                                         {"ms", 1'000'000},
                                         {"s", 1'000'000'000},
                                         {"m", 60'000'000'000},
                                         {"h", 3'600'000'000'000}}};

constexpr std::array<Unit, 9> sizes{{{"B", 1},
                                     {"KiB", 1ull << 10},
                                     {"MiB", 1ull << 20},
                                     {"GiB", 1ull << 30},
                                     {"TiB", 1ull << 40},
                                     {"kB", 1'000},
                                     {"MB", 1'000'000},
                                     {"GB", 1'000'000'000},
                                     {"TB", 1'000'000'000'000}}};

std::optional<std::uint64_t> parse(std::string_view text, std::span<const Unit> units)
{
    std::uint64_t number = 0;
    const char *end = text.data() + text.size();
    const auto [rest, error] = std::from_chars(text.data(), end, number);
    if (error != std::errc{} || rest == end)
        return std::nullopt;
    const std::string_view name{rest, static_cast<std::size_t>(end - rest)};
    constexpr auto limit = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
    for (const Unit &unit : units) {
        if (unit.name != name)
            continue;
        if (number > limit / unit.factor)
            return std::nullopt;
        return number * unit.factor;
    }
    return std::nullopt;
}

} // namespace

std::optional<std::uint64_t> parse_duration(std::string_view text)
{
    return parse(text, durations);
}

std::optional<std::uint64_t> parse_size(std::string_view text)
{
    return parse(text, sizes);
}

std::string format_bytes(double bytes)
{
    static constexpr std::array<const char *, 6> names{"B", "KiB", "MiB", "GiB", "TiB", "PiB"};
    std::size_t unit = 0;
    // 1000 and not 1024, so that no figure needs four digits before the point.
    while (std::fabs(bytes) >= 1000.0 && unit + 1 < names.size()) {
        bytes /= 1024.0;
        unit++;
    }
    const double size = std::fabs(bytes);
    const int digits = unit == 0 || size >= 99.95 ? 0 : size >= 9.995 ? 1 : 2;
    std::array<char, 64> text{};
    std::snprintf(text.data(), text.size(), "%.*f %s", digits, bytes, names.at(unit));
    return text.data();
}

} // namespace memory_collector
