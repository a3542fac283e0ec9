// SPDX-License-Identifier: GPL-2.0-only
//
// The pages of a process that would go to swap and are in memory now, and a
// random sample of them.
#pragma once

#include "compress/process_memory.h"
#include "compress/swap_backed.h"

#include <cstdint>
#include <vector>

namespace memory_collector::compress {

struct Population {
    std::uint64_t anonymous_pages = 0;
    std::uint64_t shmem_pages = 0;
    std::uint64_t swapped_pages = 0; // of the same mappings, as smaps has it
    // Left out: what mlock(2) keeps in memory, and devices', hugetlb's and the like.
    std::uint64_t locked_pages = 0;
    std::uint64_t special_pages = 0;
    // Of mappings so large and thin that looking at each entry would take too long, which
    // only kernels without PAGEMAP_SCAN need: what is resident there.
    std::uint64_t unseen_pages = 0;
    std::vector<PageAt> sample;
    bool gone = false;

    std::uint64_t pages() const { return anonymous_pages + shmem_pages; }
};

struct PopulationOptions {
    std::size_t most_sampled = 0;
    std::uint64_t seed = 0;
    DeviceSet shmem = {};
    // The frame of the page of zeros, which is no memory of the process's; 0 if not known.
    std::uint64_t zero_frame = 0;
    // By PAGEMAP_SCAN where the kernel has it.
    bool scan = true;
};

Population find_population(const ProcessMemory &memory, const PopulationOptions &options);

// The frame of this process's page of zeros, which is everybody's; 0 without CAP_SYS_ADMIN.
std::uint64_t zero_page_frame();

} // namespace memory_collector::compress
