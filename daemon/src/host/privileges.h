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
    dac_read_search = 2,
    sys_module = 16,
    sys_admin = 21,
    sys_nice = 23,
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

// What programs of the eBPF source need and this process lacks. CAP_SYS_ADMIN
// stands for all of it.
std::vector<Capability> missing_for_ebpf(const Privileges &privileges);

// The same for entering what is root's alone: tracefs, where the module's ring is, and
// the records of container runtimes (docs/privileges.md).
std::vector<Capability> missing_for_root_files(const Privileges &privileges);

// "CAP_BPF and CAP_PERFMON"; empty for none.
std::string capability_names(const std::vector<Capability> &capabilities);

} // namespace memory_collector
