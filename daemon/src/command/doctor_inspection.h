// SPDX-License-Identifier: GPL-2.0-only
//
// Everything `doctor` looks at, gathered once, judged elsewhere.
#pragma once

#include "compress/coldness.h"
#include "host/cache_domains.h"
#include "host/host_paths.h"
#include "host/kernel_host.h"
#include "host/pid_namespace.h"
#include "host/privileges.h"
#include "host/rdt_cpuid.h"
#include "host/tracefs_host.h"
#include "pool/pool_host.h"

#include <optional>
#include <string>
#include <vector>

namespace memory_collector {

// Filled in by who may load programs; see source/ebpf/trial.h.
struct EbpfHost {
    bool tried = false;
    std::string refusal;
    // Of the groups of columns, see run --with.
    std::vector<std::string> lacking = {};
    bool works() const { return tried && refusal.empty(); }
};

struct Inspection {
    std::string release;
    RdtMonitoring rdt;
    CacheDomains domains;
    std::optional<std::string> resctrl_mount;
    CollectorModule module;
    ModuleLoading loading = ModuleLoading::possible;
    TracefsHost tracefs;
    std::optional<std::string> lockdown;
    SecureBoot secure_boot = SecureBoot::no_efi;
    std::optional<std::string> headers;
    bool btf = false;
    EbpfHost ebpf;
    Privileges privileges;
    PidNamespace pid_namespace = PidNamespace::unknown;
    std::optional<std::string> perf_event_paranoid;
    pool::PoolHost pool;
    // Filled in by who may try them; see compress/coldness.h.
    std::vector<compress::ColdnessOffer> coldness;
};

Inspection inspect_host(const HostPaths &host, const CpuidReader &cpuid);

} // namespace memory_collector
