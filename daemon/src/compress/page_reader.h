// SPDX-License-Identifier: GPL-2.0-only
//
// Reads a page of another process only if it is in memory, and believes what
// it read only if it was that page before and after. What is not in memory
// stays where it is.
#pragma once

#include "compress/process_memory.h"

#include <cstdint>
#include <span>

namespace memory_collector::compress {

struct ReadCounts {
    std::uint64_t read = 0;
    std::uint64_t gone = 0;     // swapped out, unmapped, or its process ended
    std::uint64_t replaced = 0; // another page was there after reading
    std::uint64_t unreadable = 0;

    std::uint64_t all() const { return read + gone + replaced + unreadable; }
};

// False if it counted as anything but read; to then holds nothing of use.
bool read_present_page(const ProcessMemory &memory, const PageAt &page, std::span<std::byte> to,
                       ReadCounts &counts);

} // namespace memory_collector::compress
