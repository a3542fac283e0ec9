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

// What each costs is measured by tests/bench/group_price: docs/ebpf-groups.md.
constexpr GroupEntry table[] = {
    {"reclaim", "stalls in direct reclaim", true, make_reclaim_group},
    {"swap", "pages read from and written to swap", true, make_swap_group},
    {"rss", "the most memory held in an interval: price unmeasured", false, make_rss_group},
    {"pmu", "an estimate of memory bandwidth by cache misses: price unmeasured", false, make_pmu_group},
    {"faults", "page faults, how long they took, and rows of single ones: 13% more CPU time of page faults",
     false, make_faults_group},
    {"kmem", "kernel memory by allocator; CPU time of forks x1.36, faults x1.13", false, make_kmem_group},
    {"footprint", "address space taken by calls: price unmeasured", false, make_footprint_group},
    {"libc", "bytes of malloc, by probes of the C library; CPU time of malloc x35", false, make_libc_group},
};

} // namespace

std::span<const GroupEntry> group_entries()
{
    return table;
}

} // namespace memory_collector::ebpf
