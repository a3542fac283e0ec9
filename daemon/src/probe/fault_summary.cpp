// SPDX-License-Identifier: GPL-2.0-only
#include "probe/fault_summary.h"

#include "probe/lines.h"

namespace memory_collector::probe {

FaultSpan::Counts FaultSpan::counts(std::span<const ebpf::ProcessState> processes)
{
    Counts counts;
    for (const ebpf::ProcessState &process : processes)
        counts[{process.key.pid, process.key.start_time_ns}] = {process.min_flt, process.maj_flt,
                                                                process.comm};
    return counts;
}

std::optional<FaultCounts> FaultSpan::of(const mc_probe_process_key &key, const mc_probe_faults &faults) const
{
    FaultCounts last{faults.min_flt, faults.maj_flt, std::string{comm_of(faults.comm)}};
    if (faults.ended == 0) {
        const auto found = after_.find({key.pid, key.start_time_ns});
        if (found == after_.end())
            return std::nullopt;
        last = found->second;
    }
    const auto first = before_.find({key.pid, key.start_time_ns});
    if (first == before_.end())
        return last;
    last.minor -= first->second.minor;
    last.major -= first->second.major;
    return last;
}

} // namespace memory_collector::probe
