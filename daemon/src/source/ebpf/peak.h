// SPDX-License-Identifier: GPL-2.0-only
//
// The most of something in each interval, as the eBPF programs keep it (daemon/bpf/peak.h).
#pragma once

#include <memory_collector/bpf_records.h>

#include <cstdint>

namespace memory_collector::ebpf {

// In interval `ended`, which the programs have been told is over. `held`: the value as of now, which
// it has had since before that interval if nothing was told of it.
constexpr std::uint64_t most_in(const mc_bpf_peak &peak, std::uint64_t ended, std::uint64_t held)
{
    if (peak.interval > ended)
        return peak.most_before;
    return peak.interval == ended ? peak.most : held;
}

} // namespace memory_collector::ebpf
