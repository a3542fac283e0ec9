// SPDX-License-Identifier: GPL-2.0-only
//
// From what sources tell of the machine and of themselves to rows of an interval.
#pragma once

#include "model/machine_events.h"
#include "model/rows.h"

#include <cstdint>
#include <optional>
#include <vector>

namespace memory_collector {

class MachineRows {
public:
    void oom(OomKill kill) { kills_.push_back(std::move(kill)); }
    void reclaim(const ReclaimCounts &counts) { reclaim_ = counts; }
    void self(SelfUse use) { self_ = std::move(use); }

    // All that was told so far is where counts begin.
    void begin();

    // Of the interval that ends. `identify(row, kill)` fills in what is known of a process.
    template <typename Identify> void emit_kills(std::uint64_t page_size, Sink &sink, Identify &&identify)
    {
        for (const OomKill &kill : kills_) {
            OomRow row = kill_row(kill, page_size);
            identify(row, kill);
            sink.oom(row);
        }
        kills_.clear();
    }
    void emit_rest(std::uint64_t start, std::uint64_t end, Sink &sink);

private:
    static OomRow kill_row(const OomKill &kill, std::uint64_t page_size);
    void emit_self(std::uint64_t start, std::uint64_t end, Sink &sink);

    std::vector<OomKill> kills_;
    std::optional<ReclaimCounts> reclaim_;
    ReclaimCounts reclaim_before_;
    std::optional<SelfUse> self_;
    SelfUse self_before_;
};

} // namespace memory_collector
