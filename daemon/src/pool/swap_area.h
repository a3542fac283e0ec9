// SPDX-License-Identifier: GPL-2.0-only
//
// Swap areas of this machine: those in use, and one of ours, from its header to swapoff(2).
#pragma once

#include "host/host_paths.h"
#include "pool/swap_table.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace memory_collector::pool {

std::vector<SwapArea> swap_areas(const HostPaths &host = {});
std::optional<SwapArea> swap_area(std::string_view name, const HostPaths &host = {});

// MemAvailable, in bytes; 0 if it is not known.
std::uint64_t available_memory(const HostPaths &host = {});

// Writes the header, by mkswap(8).
void make_swap_area(const std::string &node);
// 0 to 32767; the kernel's own are negative.
void swap_on(const std::string &node, int priority);
// Nothing if it is none. Throws Error if its content does not fit into memory.
void swap_off(const std::string &node);

} // namespace memory_collector::pool
