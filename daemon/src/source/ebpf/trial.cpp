// SPDX-License-Identifier: GPL-2.0-only
#include "source/ebpf/trial.h"

#include "source/ebpf/life_events.h"
#include "source/ebpf/loading.h"
#include "source/ebpf/task_iterator.h"
#include "support/error.h"

#include <cstdint>

namespace memory_collector::ebpf {

std::string refusal()
{
    quiet_libbpf();
    try {
        TaskIterator iterator;
        const LifeEvents life{BufferKind::automatic, std::uint64_t{64} * 1024, {[](const mc_bpf_life &) {}}};
        if (iterator.read().empty())
            return "the eBPF task iterator saw no process";
        return {};
    } catch (const Error &error) {
        return error.what();
    }
}

} // namespace memory_collector::ebpf
