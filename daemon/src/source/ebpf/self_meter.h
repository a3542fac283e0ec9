// SPDX-License-Identifier: GPL-2.0-only
//
// What the eBPF source costs: the collector's own CPU time and memory, and the
// run time of its programs and the memory of its maps.
#pragma once

#include "model/machine_events.h"
#include "source/ebpf/groups.h"
#include "source/ebpf/life_events.h"
#include "source/ebpf/program_costs.h"
#include "source/ebpf/task_iterator.h"

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace memory_collector::ebpf {

class SelfMeter {
public:
    // Throws Error if `programs` is asked for and this kernel does not measure their run time.
    explicit SelfMeter(bool programs);

    // As of now. Between two calls: what spent_ns() and dearest() say.
    SelfUse read(const LifeEvents &life, const TaskIterator &iterator, const Groups &groups);
    // Of CPU time, programs included.
    std::uint64_t spent_ns() const { return spent_ns_; }
    // Of the groups that were asked for, whose programs ran longest; empty if there is none.
    std::string_view dearest(const Groups &groups) const;

private:
    std::optional<RunStatistics> statistics_;
    SelfUse last_;
    std::vector<std::uint64_t> added_; // run time of each program of last_
    std::uint64_t spent_ns_ = 0;
    Number map_bytes_;
    std::uint64_t map_bytes_at_ = 0;
};

} // namespace memory_collector::ebpf
