// SPDX-License-Identifier: GPL-2.0-only
#pragma once

#include "host/host_paths.h"

#include <cstddef>

namespace memory_collector {

// How many L3 caches the online CPUs have (sysfs cacheinfo; 0: not told), and
// how many NUMA nodes with CPUs. More nodes than caches is sub-NUMA clustering.
struct CacheDomains {
    std::size_t l3_caches = 0;
    std::size_t nodes_with_cpus = 0;

    bool sub_numa() const { return l3_caches > 0 && nodes_with_cpus > l3_caches; }
};

CacheDomains inspect_cache_domains(const HostPaths &host);

} // namespace memory_collector
