// SPDX-License-Identifier: GPL-2.0-only
#pragma once

#include "pool/state.h"
#include "pool/swap_area.h"
#include "pool/zram_stats.h"

#include <cstdint>
#include <iosfwd>
#include <optional>
#include <string>

namespace memory_collector::pool {

struct HolderStatus {
    pid_t pid = 0;
    bool lives = false;
    std::uint64_t bytes = 0;
    Count swapped_bytes;
    std::string cgroup;
    bool complete = false;
};

// What a device and the kernel say of a pool at this moment.
struct PoolStatus {
    std::string device; // empty: there is none
    std::string algorithm;
    std::string second_algorithm;
    std::uint64_t size = 0;
    std::optional<SwapArea> swap;
    std::optional<MemoryStat> memory;
    std::optional<FailureStat> failures;
    std::optional<RequestStat> requests;
    std::optional<BackingStat> backing;
    Peaks peaks;
    std::optional<HolderStatus> holder;
    std::string interrupted; // what was killed before its end; empty: nothing

    // compressed / original, of what is stored; nothing if that is nothing.
    std::optional<double> compression_ratio() const;
    // What the allocator takes beyond the compressed data.
    Count overhead_bytes() const;
};

// Nothing if no pool was set up.
std::optional<PoolStatus> pool_status();

void write_status_json(std::ostream &out, const std::optional<PoolStatus> &status);
void write_status_text(std::ostream &out, const std::optional<PoolStatus> &status);

} // namespace memory_collector::pool
