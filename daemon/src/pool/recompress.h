// SPDX-License-Identifier: GPL-2.0-only
#pragma once

#include "pool/zram_stats.h"

#include <cstdint>
#include <string>

namespace memory_collector::pool {

struct RecompressOptions {
    std::string type = "huge"; // or idle, huge_idle, all
    unsigned threshold = 0;    // bytes; 0: none
};

struct Recompressed {
    std::string algorithm;
    MemoryStat before;
    MemoryStat after;
    std::uint64_t duration_ns = 0;
};

// Throws Error where the kernel, or the pool, has no second algorithm.
Recompressed recompress(const RecompressOptions &options);

} // namespace memory_collector::pool
