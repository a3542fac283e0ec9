// SPDX-License-Identifier: GPL-2.0-only
#include "pool/each_cpu.h"

namespace memory_collector::pool {

EachCpu::EachCpu()
{
    // More CPUs than the set has room for: it stays where it is.
    if (::sched_getaffinity(0, sizeof(allowed_), &allowed_) == 0)
        count_ = static_cast<std::size_t>(CPU_COUNT(&allowed_));
}

EachCpu::~EachCpu()
{
    if (CPU_COUNT(&allowed_) != 0)
        ::sched_setaffinity(0, sizeof(allowed_), &allowed_);
}

void EachCpu::next()
{
    for (std::size_t tried = 0; tried < CPU_SETSIZE; tried++) {
        const std::size_t cpu = at_++ % CPU_SETSIZE;
        if (!CPU_ISSET(cpu, &allowed_))
            continue;
        cpu_set_t one{};
        CPU_SET(cpu, &one);
        // One that goes off line meanwhile has no pages that wait.
        ::sched_setaffinity(0, sizeof(one), &one);
        return;
    }
}

} // namespace memory_collector::pool
