// SPDX-License-Identifier: GPL-2.0-only
#include "source/ebpf/group.h"

namespace memory_collector::ebpf {

// Each is defined in the group's own file.
std::unique_ptr<Group> make_reclaim_group(const KernelBtf &btf);
std::unique_ptr<Group> make_footprint_group(const KernelBtf &btf);
std::unique_ptr<Group> make_libc_group(const KernelBtf &btf);
std::unique_ptr<Group> make_kmem_group(const KernelBtf &btf);
std::unique_ptr<Group> make_rss_group(const KernelBtf &btf);
std::unique_ptr<Group> make_pmu_group(const KernelBtf &btf);
std::unique_ptr<Group> make_faults_group(const KernelBtf &btf);
std::unique_ptr<Group> make_swap_group(const KernelBtf &btf);

namespace {

// What each costs those who fork, touch memory or allocate: instructions as a ratio to those without
// it, by tests/bench/group_price --guest (docs/ebpf-groups.md).
constexpr GroupEntry table[] = {
    {"reclaim", "stalls in direct reclaim", true, make_reclaim_group},
    {"swap", "pages read from and written to swap", true, make_swap_group},
    {"footprint", "address space taken by calls; forks x1.01, faults x1.00, malloc x1.01", false,
     make_footprint_group},
    {"rss", "the most memory held in an interval; forks x1.04, faults x1.09, malloc x1.06", false,
     make_rss_group},
    {"pmu", "an estimate of memory bandwidth by cache misses; price unmeasured", false, make_pmu_group},
    {"faults",
     "page faults, how long they took, and rows of single ones; forks x1.07, faults x1.13, malloc x1.08",
     false, make_faults_group},
    {"kmem", "kernel memory by allocator; forks x1.44, faults x1.04, malloc x1.06", false, make_kmem_group},
    {"libc",
     "bytes of malloc, by probes of the C library; forks x1.16, faults x1.00, malloc x5.01 (x30 in time)",
     false, make_libc_group},
};

} // namespace

std::span<const GroupEntry> group_entries()
{
    return table;
}

} // namespace memory_collector::ebpf
