// SPDX-License-Identifier: GPL-2.0-only
#include "source/ebpf/group.h"

namespace memory_collector::ebpf {

// Each is defined in the group's own file.
std::unique_ptr<Group> make_reclaim_group();
std::unique_ptr<Group> make_swap_group();

namespace {

constexpr GroupEntry table[] = {
    {"reclaim", "stalls in direct reclaim", true, make_reclaim_group},
    {"swap", "pages read from and written to swap", true, make_swap_group},
};

} // namespace

std::span<const GroupEntry> group_entries()
{
    return table;
}

} // namespace memory_collector::ebpf
