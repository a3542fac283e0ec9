// SPDX-License-Identifier: GPL-2.0-only
//
// Counts that programs keep by CPU in an array (BPF_MAP_TYPE_PERCPU_ARRAY of __u64).
#pragma once

#include "source/ebpf/loading.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <vector>

namespace memory_collector::ebpf {

// Throws Error.
inline int possible_cpus()
{
    const int cpus = libbpf_num_possible_cpus();
    if (cpus < 1)
        fail("count this machine's CPUs", -cpus);
    return cpus;
}

class CpuCounts {
public:
    explicit CpuCounts(const bpf_map *map) : CpuCounts(bpf_map__fd(map)) {}
    // A map's descriptor, which stays open meanwhile.
    explicit CpuCounts(int fd) : fd_(fd), by_cpu_(static_cast<std::size_t>(possible_cpus())) {}

    // Of all CPUs. Throws Error.
    std::uint64_t of(std::uint32_t which)
    {
        if (bpf_map_lookup_elem(fd_, &which, by_cpu_.data()) != 0)
            fail("read the counts of the eBPF programs", errno);
        return std::accumulate(by_cpu_.begin(), by_cpu_.end(), std::uint64_t{0});
    }

private:
    int fd_;
    std::vector<std::uint64_t> by_cpu_;
};

} // namespace memory_collector::ebpf
