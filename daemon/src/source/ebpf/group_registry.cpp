// SPDX-License-Identifier: GPL-2.0-only
#include "source/ebpf/group.h"

namespace memory_collector::ebpf {

// Each is defined in the group's own file.
std::unique_ptr<Group> make_reclaim_group();
std::unique_ptr<Group> make_footprint_group();
std::unique_ptr<Group> make_kmem_group();

namespace {

constexpr GroupEntry table[] = {
    {"reclaim", "stalls in direct reclaim", true, make_reclaim_group},
    {"footprint",
     "address space taken by calls, and bytes of malloc; CPU time of forks x1.13, faults x1.01, malloc x35",
     false, make_footprint_group},
    {"kmem", "kernel memory by allocator; CPU time of forks x1.36, faults x1.13", false, make_kmem_group},
};

} // namespace

std::span<const GroupEntry> group_entries()
{
    return table;
}

} // namespace memory_collector::ebpf
