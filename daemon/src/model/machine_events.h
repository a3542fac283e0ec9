// SPDX-License-Identifier: GPL-2.0-only
//
// What a source tells the model beside the figures of processes: the kernel's
// kills, the machine's reclaim, and what the source itself costs.
#pragma once

#include "model/process_table.h"
#include "model/rows.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace memory_collector {

// The kernel chose this process to die.
struct OomKill {
    std::uint64_t time_ns = 0;
    // Start time 0: not known.
    ProcessKey key;
    std::string comm;
    struct Pages {
        std::uint64_t file = 0;
        std::uint64_t anon = 0;
        std::uint64_t swap = 0;
        std::uint64_t shmem = 0;
    };
    std::optional<Pages> pages;
    Signed oom_score_adj;
    std::string_view constraint; // empty: not known
    std::uint32_t trigger_pid = 0;
    std::string trigger_comm;
};

// Since some time before the run: rows have what was added.
struct ReclaimCounts {
    // kswapd, waits for the machine's memory, waits for a cgroup's.
    struct Part {
        std::uint64_t times = 0;
        std::uint64_t ns = 0;
        std::uint64_t scanned = 0;
        std::uint64_t reclaimed = 0;
    };
    Part kswapd;
    Part direct;
    Part cgroup;
    // This kernel tells how many pages were scanned.
    bool scans_known = true;
};

// Counts since some time before the run; sizes as they are.
struct SelfUse {
    Number cpu_time_ns;
    Number rss_bytes;
    Number map_bytes;
    struct Program {
        std::string_view group; // a constant
        std::string name;
        std::uint64_t run_ns = 0;
        std::uint64_t runs = 0;
        // Runs in the collector's own time.
        bool own_time = false;
        bool operator==(const Program &) const = default;
    };
    // Empty if not measured.
    std::optional<std::vector<Program>> programs;
};

} // namespace memory_collector
