// SPDX-License-Identifier: GPL-2.0-only
//
// Swap areas: those in use (/proc/swaps), and one of ours, from its header to swapoff(2).
#pragma once

#include "host/host_paths.h"

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
std::vector<SwapArea> swap_areas(const HostPaths &host = {});
std::optional<SwapArea> swap_area(std::string_view name, const HostPaths &host = {});

// MemAvailable of /proc/meminfo, in bytes.
std::optional<std::uint64_t> parse_available(std::string_view meminfo);
std::uint64_t available_memory(const HostPaths &host = {});

// The kernel takes the area of the highest priority first. Whose pages go elsewhere, or may:
// why, in words; nothing if all of them go here.
std::optional<std::string> why_not_first(const std::vector<SwapArea> &areas, std::string_view name);

// What is in the area comes back into memory. Why it does not fit, in words.
std::optional<std::string> why_no_room(std::uint64_t swapped_bytes, std::uint64_t available_bytes);

// Writes the header, by mkswap(8).
void make_swap_area(const std::string &node);
// 0 to 32767; the kernel's own are negative.
void swap_on(const std::string &node, int priority);
// Nothing if it is none. Throws Error if its content does not fit into memory.
void swap_off(const std::string &node);

} // namespace memory_collector::pool
