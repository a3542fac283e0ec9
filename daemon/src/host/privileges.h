// SPDX-License-Identifier: GPL-2.0-only
#pragma once

#include "host/host_paths.h"

#include <cstdint>
#include <string>
#include <vector>

namespace memory_collector {

// Numbers of linux/capability.h.
enum class Capability : unsigned {
    dac_override = 1,
    sys_module = 16,
    sys_admin = 21,
    perfmon = 38,
    bpf = 39,
};

const char *capability_name(Capability capability);

struct Privileges {
    unsigned long effective_uid = 0;
    std::uint64_t effective = 0; // CapEff

    bool has(Capability capability) const { return (effective >> static_cast<unsigned>(capability)) & 1; }
};

// Of this process, from /proc/self/status.
Privileges own_privileges(const HostPaths &host);

// What `run` needs and this process lacks: CAP_SYS_ADMIN (the module's proc
// file checks it) and the right to the files of tracefs, which are root's.
std::vector<Capability> missing_for_run(const Privileges &privileges);

} // namespace memory_collector
