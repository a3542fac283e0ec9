// SPDX-License-Identifier: GPL-2.0-only
//
// Whether a machine can have a RAM pool, without doing anything for one.
#pragma once

#include "host/host_paths.h"

#include <cstdint>
#include <optional>
#include <string>

namespace memory_collector::pool {

enum class ZramPresence : std::uint8_t {
    absent,
    loadable, // its module is on the disk
    loaded,
    built_in,
};

struct PoolHost {
    ZramPresence zram = ZramPresence::absent;
    // "lzo, lz4"; empty where no device is there to be asked.
    std::string algorithms;
    bool swaps = false;
    bool memory_cgroups = false;
    // Of a pool that is set up, where the user may know it.
    std::optional<unsigned> device;
};

PoolHost inspect_pool(const HostPaths &host);

} // namespace memory_collector::pool
