// SPDX-License-Identifier: GPL-2.0-only
#include "oom/suspects.h"

#include "support/clock.h"

#include <algorithm>

namespace memory_collector::oom {

namespace {

constexpr std::uint64_t replace_ns = 5 * ns_per_s;
constexpr std::int32_t never_killed = -1000;

// What is a process's own; file pages are given back.
std::uint64_t own_bytes(const ProcessSample &process)
{
    return process.anon + process.shmem + process.swap;
}

} // namespace

std::optional<std::int64_t> badness(const ProcessSample &process, std::uint64_t page_size,
                                    std::uint64_t total_bytes)
{
    if (process.oom_score_adj == never_killed || process.pid == 1 || page_size == 0)
        return std::nullopt;
    const auto pages = [page_size](std::uint64_t bytes) {
        return static_cast<std::int64_t>(bytes / page_size);
    };
    return pages(process.anon + process.file + process.shmem) + pages(process.swap) +
           pages(process.page_tables) + process.oom_score_adj * (pages(total_bytes) / 1000);
}

std::string_view Suspect::name() const
{
    const std::string_view all{comm.data(), comm.size()};
    return all.substr(0, all.find('\0'));
}

void SuspectTracker::look(std::uint64_t time_ns, std::span<const ProcessSample> processes,
                          std::uint64_t page_size, std::uint64_t total_bytes)
{
    const bool replace = time_ns - replaced_ns_ >= replace_ns;
    if (replace)
        replaced_ns_ = time_ns;
    suspects_ = Suspects{};
    next_.clear();
    std::int64_t worst = 0;
    auto known = known_.begin();
    for (const ProcessSample &process : processes) {
        while (known != known_.end() && known->pid < process.pid)
            ++known;
        const std::uint64_t now = own_bytes(process);
        Known entry{process.pid, process.start_ticks, now, now};
        if (known != known_.end() && known->pid == process.pid && known->start_ticks == process.start_ticks)
            entry = *known;
        else if (looked_)
            // It has begun since: all it has is growth.
            entry.older = entry.newer = 0;
        const std::uint64_t growth = now - std::min(entry.older, now);
        if (growth != 0 && (!suspects_.culprit || growth > suspects_.culprit->growth))
            suspects_.culprit = Suspect{process.pid, process.comm, growth};
        // Of equals the kernel takes the later.
        if (const auto score = badness(process, page_size, total_bytes);
            score && (!suspects_.victim || *score >= worst)) {
            worst = *score;
            suspects_.victim = Suspect{process.pid, process.comm, growth};
        }
        if (replace) {
            entry.older = entry.newer;
            entry.newer = now;
        }
        next_.push_back(entry);
    }
    known_.swap(next_);
    looked_ = true;
}

} // namespace memory_collector::oom
