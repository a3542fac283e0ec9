// SPDX-License-Identifier: GPL-2.0-only
//
// What workers tell their supervisor, in memory that all of them share.
#pragma once

#include "lab/histogram.h"

#include <sys/resource.h>
#include <sys/types.h>

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

namespace memory_collector::lab {

// Counts of one worker. Its children add to some of them, so all are atomic.
struct Counts {
    using Counter = std::atomic<std::uint64_t>;
    static_assert(Counter::is_always_lock_free);

    Counter operations;
    Counter forks;
    Counter fork_failures;
    Counter execs;
    Counter exec_failures;
    Counter children_reaped;
    Counter children_failed;
    Counter children_cut_off; // still running when time was up, and killed
    Counter maps;
    Counter passes;
    Counter pages_written;
    Counter pages_touched;
    Counter hot_touches;
    Counter cold_touches;
    Counter held_bytes;
    Counter most_held_bytes;
    Counter measured_bytes; // of contents, by LZ4
    Counter compressed_bytes;
};

struct Tally {
    std::atomic<std::uint32_t> ready;
    Counts counts;
    Histogram lateness;
    // Between start and end, of the worker and of its children.
    rusage self;
    rusage children;
    std::uint64_t end_ns;
    std::array<char, 256> problem;

    // Keeps the first.
    void set_problem(std::string_view text);
};

// Shared by a supervisor and all that it forks.
struct Board {
    // A futex(2): 0 wait, 1 run, 2 stop.
    std::atomic<std::uint32_t> phase;
    std::atomic<std::uint64_t> start_ns;
};

class Ledger {
public:
    explicit Ledger(std::size_t workers);

    Board &board() { return *memory_; }
    Tally &tally(std::size_t worker) { return tallies_[worker]; }
    std::span<Tally> tallies() { return tallies_; }

private:
    struct Unmap {
        std::size_t size = 0;
        void operator()(Board *at) const;
    };
    std::unique_ptr<Board, Unmap> memory_{nullptr, Unmap{}};
    std::span<Tally> tallies_;
};

} // namespace memory_collector::lab
