// SPDX-License-Identifier: GPL-2.0-only
//
// The kernel's zram: a module, or built in.
#pragma once

#include "host/host_paths.h"

namespace memory_collector::pool {

// It is at work.
bool has_zram(const HostPaths &host = {});
// It cannot be unloaded.
bool zram_is_built_in(const HostPaths &host = {});

// By modprobe, without a device of its own. Throws Error that says how to get it.
void load_zram();
// Throws Error if a device of another is in use or has data.
void unload_zram();

} // namespace memory_collector::pool
