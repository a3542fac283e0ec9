// SPDX-License-Identifier: GPL-2.0-only
#include "pool/status.h"

#include "pool/clear.h"
#include "pool/state_file.h"
#include "pool/zram_device.h"

#include <algorithm>

namespace memory_collector::pool {

namespace {

HolderStatus status_of(const HolderState &holder)
{
    HolderStatus status;
    status.bytes = holder.bytes;
    status.cgroup = holder.cgroup;
    status.complete = holder.complete;
    if (holder.process) {
        status.pid = holder.process->pid;
        status.lives = lives(*holder.process);
        if (status.lives)
            status.swapped_bytes = swapped_bytes(status.pid);
    }
    return status;
}

} // namespace

std::optional<double> PoolStatus::compression_ratio() const
{
    if (!memory || memory->orig_data_size == 0)
        return std::nullopt;
    return static_cast<double>(memory->compr_data_size) / static_cast<double>(memory->orig_data_size);
}

Count PoolStatus::overhead_bytes() const
{
    if (!memory)
        return std::nullopt;
    return memory->mem_used_total > memory->compr_data_size ? memory->mem_used_total - memory->compr_data_size
                                                            : 0;
}

std::optional<PoolStatus> pool_status()
{
    const auto state = StateFile::look();
    if (!state)
        return std::nullopt;
    PoolStatus status;
    if (const auto number = device_of(*state)) {
        const ZramDevice device = ZramDevice::existing(*number);
        status.device = device.node();
        status.algorithm = device.algorithms().chosen;
        if (const auto second = device.recompression(); !second.empty())
            status.second_algorithm = second.front();
        status.size = device.size();
        status.swap = swap_area(device.node());
        status.memory = device.memory();
        status.failures = device.failures();
        status.requests = device.requests();
        status.backing = device.backing();
        status.peaks.orig_data_size = std::max(state->peaks.orig_data_size, status.memory->orig_data_size);
        status.peaks.compr_data_size = std::max(state->peaks.compr_data_size, status.memory->compr_data_size);
    }
    if (state->holder)
        status.holder = status_of(*state->holder);
    if (state->step != Step::ready)
        status.interrupted = "setup";
    else if (state->holder && !state->holder->complete)
        status.interrupted = "trigger compress";
    return status;
}

} // namespace memory_collector::pool
