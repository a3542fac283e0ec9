// SPDX-License-Identifier: GPL-2.0-only
#include "oom/signals.h"

#include <algorithm>

namespace memory_collector::oom {

std::optional<std::uint64_t> danger_bytes(const SignalValues &signals)
{
    const auto anon = signals.get(Signal::anon);
    if (!anon)
        return std::nullopt;
    return *anon + signals.or_zero(Signal::shmem) + signals.or_zero(Signal::slab_unreclaimable) +
           signals.or_zero(Signal::kernel);
}

void ProcessSample::set_name(std::string_view name)
{
    name = name.substr(0, std::min(name.find('\0'), comm.size() - 1));
    comm.fill('\0');
    std::copy(name.begin(), name.end(), comm.begin());
}

} // namespace memory_collector::oom
