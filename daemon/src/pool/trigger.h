// SPDX-License-Identifier: GPL-2.0-only
//
// Moves known pages into the pool, and back.
#pragma once

#include "pool/contents.h"
#include "pool/zram_stats.h"
#include "support/signals.h"

#include <cstdint>
#include <optional>
#include <string>

namespace memory_collector::pool {

enum class Amount { light, medium, heavy }; // 5, 25 and 75 % of what is free in the pool
enum class Order { readback, burst };       // evenly, or in ten bursts

// How much is pushed: of the share no more than half of the memory that is available. Whole pages.
std::uint64_t amount_of(Amount amount, std::uint64_t free_in_pool, std::uint64_t available,
                        std::uint64_t page_size);

struct CompressOptions {
    Amount amount = Amount::medium;
    std::uint64_t size = 0; // instead, if not 0
    std::uint64_t duration_ns = 0;
};

struct Compressed {
    std::uint64_t bytes = 0; // of the holder
    PageCounts contents;
    std::uint64_t page_size = 0;
    std::uint64_t swapped_pages = 0;
    MemoryStat before;
    MemoryStat after;
    std::uint64_t failed_writes = 0;
    std::uint64_t duration_ns = 0;
    pid_t holder = 0;
    // The device took no more: why.
    std::optional<std::string> full;
};

// Throws Error where no pages came into the pool, or not into this one; the holder is ended then.
Compressed trigger_compress(const CompressOptions &options, Signals &signals);

struct Decompressed {
    std::uint64_t bytes = 0;
    std::uint64_t swapped_pages = 0; // before
    std::uint64_t read_bytes = 0;    // by the device's account
    MemoryStat before;
    MemoryStat after;
    std::uint64_t duration_ns = 0;
};

// Reads the holder's pages back, holds them against what they were, and ends the holder.
Decompressed trigger_decompress(Order order, std::uint64_t duration_ns, Signals &signals);

} // namespace memory_collector::pool
