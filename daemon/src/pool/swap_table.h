// SPDX-License-Identifier: GPL-2.0-only
//
// Swap areas in use, by the text of /proc/swaps, and what follows from it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace memory_collector::pool {

struct SwapArea {
    std::string name; // of a device: /dev/zram0
    std::uint64_t size_bytes = 0;
    std::uint64_t used_bytes = 0;
    int priority = 0;

    std::uint64_t free_bytes() const { return size_bytes - used_bytes; }
    bool operator==(const SwapArea &) const = default;
};

// /proc/swaps. Lines that are none are left out.
std::vector<SwapArea> parse_swaps(std::string_view text);

// MemAvailable of /proc/meminfo, in bytes.
std::optional<std::uint64_t> parse_available(std::string_view meminfo);

// The kernel takes the area of the highest priority first. Whose pages go elsewhere, or may:
// why, in words; nothing if all of them go here.
std::optional<std::string> why_not_first(const std::vector<SwapArea> &areas, std::string_view name);

// What is in the area comes back into memory. Why it does not fit, in words.
std::optional<std::string> why_no_room(std::uint64_t swapped_bytes, std::uint64_t available_bytes);

} // namespace memory_collector::pool
