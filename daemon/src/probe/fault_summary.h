// SPDX-License-Identifier: GPL-2.0-only
//
// Faults of each process over a time: from where the kernel's counts began to
// where they ended.
#pragma once

#include "source/ebpf/task_iterator.h"

#include <memory_collector/probe_records.h>

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <utility>

namespace memory_collector::probe {

struct FaultCounts {
    std::uint64_t minor = 0;
    std::uint64_t major = 0;
    std::string comm; // its last one
    bool operator==(const FaultCounts &) const = default;
};

// Pure. Processes that began in between had none before.
class FaultSpan {
public:
    void begin(std::span<const ebpf::ProcessState> processes) { before_ = counts(processes); }
    void end(std::span<const ebpf::ProcessState> processes) { after_ = counts(processes); }
    // Nothing for a process whose counts are not known: a thread of the kernel.
    std::optional<FaultCounts> of(const mc_probe_process_key &key, const mc_probe_faults &faults) const;

private:
    using Key = std::pair<std::uint32_t, std::uint64_t>;
    using Counts = std::map<Key, FaultCounts>;
    static Counts counts(std::span<const ebpf::ProcessState> processes);

    Counts before_;
    Counts after_;
};

} // namespace memory_collector::probe
