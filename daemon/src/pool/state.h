// SPDX-License-Identifier: GPL-2.0-only
//
// What there is of a pool, as it is written down before each step: whoever comes after a
// process that was killed finds by it what was left.
#pragma once

#include "host/process_id.h"
#include "pool/zram_stats.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace memory_collector::pool {

enum class Step {
    adding,      // a device is about to be made: the number is not known yet
    configuring, // the device is ours: algorithm, size, limit, header, swapon
    ready,
};

// The process whose pages are in the pool.
struct HolderState {
    std::string cgroup;               // its folder
    std::string controller;           // the file into which +memory was written; empty if it was there
    std::optional<ProcessId> process; // nothing: it was not begun yet
    std::uint64_t address = 0;        // 0: not filled yet
    std::uint64_t bytes = 0;
    std::uint64_t seed = 0;
    bool complete = false; // its trigger came to an end

    bool operator==(const HolderState &) const = default;
};

struct Peaks {
    std::uint64_t orig_data_size = 0;
    std::uint64_t compr_data_size = 0;

    bool operator==(const Peaks &) const = default;
};

struct PoolState {
    std::string boot_id;
    Step step = Step::adding;
    std::vector<unsigned> devices_before;
    std::optional<unsigned> device;
    Count sequence;
    bool added = false;
    std::string former_algorithm; // of a device that was there before
    int priority = 0;
    Peaks peaks;
    std::optional<HolderState> holder;

    bool operator==(const PoolState &) const = default;
};

std::string format_state(const PoolState &state);
// Nothing if it is no such text.
std::optional<PoolState> parse_state(std::string_view text);

} // namespace memory_collector::pool
