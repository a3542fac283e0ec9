// SPDX-License-Identifier: GPL-2.0-only
//
// Which pages of a mapping would go to swap: what compression is about.
#pragma once

#include "compress/smaps.h"

#include <cstdint>
#include <set>
#include <string_view>
#include <utility>

namespace memory_collector::compress {

// Devices whose files are shared memory, known by number: names can be anything.
using DeviceSet = std::set<std::pair<std::uint32_t, std::uint32_t>>;

// Of the tmpfs mounts that a /proc/PID/mountinfo shows.
void add_tmpfs_devices(std::string_view mountinfo, DeviceSet &to);
// The kernel's own, where memfd, shmget and MAP_SHARED|MAP_ANONYMOUS have theirs.
// Throws Error if this process may not look at its own mappings.
std::pair<std::uint32_t, std::uint32_t> kernel_shmem_device();

struct Takes {
    bool anonymous = false; // its anonymous pages
    bool shmem = false;     // its pages of a file, which is shared memory
    bool locked = false;    // nothing: mlock(2) keeps it out of swap
    bool special = false;   // nothing: a device's, huge pages of hugetlb, or not known

    bool any() const { return anonymous || shmem; }
};
Takes takes_of(const Mapping &mapping, const DeviceSet &shmem);

} // namespace memory_collector::compress
