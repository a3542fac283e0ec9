// SPDX-License-Identifier: GPL-2.0-only
//
// What the model does with nearly every event: inline, so that the merger's
// loop over a page's samples has no call in it.
#pragma once

#include "model/model.h"

#include <algorithm>
#include <cstdint>

namespace memory_collector {

inline constexpr double most_bytes_per_s = 9e18;

// A CPU's tick reads what ran on it since its tick before, so that a process
// that slept for a second and moved its bytes in one slot shows that slot's
// rate. Only sweep and drain come long after the process ran.
inline double Model::per_second(std::uint64_t since, std::uint64_t last_slot, std::uint64_t slot) const
{
    std::uint64_t before = since > last_slot ? since : last_slot;
    if (slot - before == slot_interval_ || since == no_slot) [[likely]]
        return per_slot_;
    if (before >= slot)
        before = last_slot < slot ? last_slot : 0; // labelled with a slot that its CPU has left behind
    // Signed here and below: the CPU converts that in one instruction.
    return before == 0 ? per_slot_ : 1e9 / static_cast<double>(static_cast<std::int64_t>(slot - before));
}

[[gnu::always_inline]] inline void Model::take(std::uint64_t since, Process &process, ProcessDomain &entry,
                                               const mc_rdt_sample &sample)
{
    const std::uint64_t slot = sample.slot_ns;
    process.flags |= sample.flags;
    process.common_flags &= sample.flags;

    if (sample.total_bytes > entry.total.now) [[likely]] {
        const auto delta = static_cast<std::int64_t>(sample.total_bytes - entry.total.now);
        entry.total.now = sample.total_bytes;
        // Twice in a slot: by a CPU's soft RMID, and another's or the last of its own.
        const double factor = slot > entry.last_slot ? per_second(since, entry.last_slot, slot)
                                                     : per_second(since, since, slot);
        // Whole bytes per second, so that the sum does not depend on the order. A damaged
        // recording may say more than fits.
        const double bytes_per_s = std::clamp(static_cast<double>(delta) * factor, 0.0, most_bytes_per_s);
        auto rate = static_cast<std::uint64_t>(static_cast<std::int64_t>(bytes_per_s));
        if (slot > process.rate_slot) {
            process.rate_slot = slot;
            process.rate = rate;
        } else if (slot == process.rate_slot) {
            rate = process.rate += rate;
        }
        if (rate > process.peak) [[unlikely]]
            process.peak = rate;
    }
    if (slot > entry.last_slot) [[likely]]
        entry.last_slot = slot;
    entry.local.raise(sample.local_bytes);
    constexpr std::uint32_t no_occupancy =
        MC_FLAG_OCCUPANCY_INVALID | MC_FLAG_NO_OCCUPANCY | MC_FLAG_WARM | MC_FLAG_EXISTING | MC_FLAG_SOFTWARE;
    if ((sample.flags & no_occupancy) == 0) [[likely]]
        entry.occupancy.add(sample.occupancy_bytes);
}

[[gnu::always_inline]] inline bool Model::quick_sample(std::uint64_t since, const mc_rdt_sample &sample)
{
    constexpr std::uint32_t unusual = MC_FLAG_EXISTING | MC_FLAG_SWEEP | MC_FLAG_DRAIN | MC_FLAG_DEFERRED;
    ProcessDomain &entry = table_.recall(sample.rmid, sample.domain);
    const std::uint64_t slot = sample.slot_ns;
    if (entry.start_time_ns != sample.start_time_ns || entry.pid != sample.pid ||
        entry.domain != sample.domain || slot <= entry.last_slot || (sample.flags & unusual) != 0 ||
        slot <= start_ || slot > end_) [[unlikely]]
        return false;
    if (slot > last_slot_)
        last_slot_ = slot;
    activate(entry.process);
    take(since, table_[entry.process], entry, sample);
    return true;
}

} // namespace memory_collector
