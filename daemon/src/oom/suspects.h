// SPDX-License-Identifier: GPL-2.0-only
//
// Of the processes of a target: whom the kernel would kill, and who grows most.
#pragma once

#include "oom/signals.h"

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace memory_collector::oom {

// The kernel's measure (oom_badness): memory, swap and page tables in pages, and
// oom_score_adj thousandths of all that may be used; nothing for a process that
// it does not kill.
std::optional<std::int64_t> badness(const ProcessSample &process, std::uint64_t page_size,
                                    std::uint64_t total_bytes);

struct Suspect {
    std::uint32_t pid = 0;
    std::array<char, 16> comm{};
    // Of the culprit: what it grew by in the last five to ten seconds.
    std::uint64_t growth = 0;

    std::string_view name() const;
};

struct Suspects {
    std::optional<Suspect> victim;
    std::optional<Suspect> culprit;
};

class SuspectTracker {
public:
    // The processes at a time, by ascending pid; total_bytes is what the target
    // may use of memory and swap.
    void look(std::uint64_t time_ns, std::span<const ProcessSample> processes, std::uint64_t page_size,
              std::uint64_t total_bytes);
    const Suspects &suspects() const { return suspects_; }

private:
    // Growth counts from `older`, which is replaced by `newer` every few seconds.
    struct Known {
        std::uint32_t pid = 0;
        std::uint64_t start_ticks = 0;
        std::uint64_t older = 0;
        std::uint64_t newer = 0;
    };

    std::vector<Known> known_; // by pid
    std::vector<Known> next_;
    std::uint64_t replaced_ns_ = 0;
    bool looked_ = false;
    Suspects suspects_;
};

} // namespace memory_collector::oom
