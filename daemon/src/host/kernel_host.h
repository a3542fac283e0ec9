// SPDX-License-Identifier: GPL-2.0-only
//
// What the running kernel is and what it allows.
#pragma once

#include "host/host_paths.h"

#include <optional>
#include <string>
#include <string_view>

namespace memory_collector {

std::string kernel_release(const HostPaths &host);

// Of a release such as "5.4.0-150-generic"; one that cannot be read counts as new.
bool kernel_at_least(std::string_view release, unsigned major, unsigned minor);

enum class ModuleLoading {
    possible,
    not_built_in, // CONFIG_MODULES is off
    switched_off, // kernel.modules_disabled is 1, for good
    signed_only,  // signatures are enforced
};

ModuleLoading module_loading(const HostPaths &host);

// The word in brackets of /sys/kernel/security/lockdown; nullopt if the kernel
// has no lockdown or securityfs is not mounted.
std::optional<std::string> lockdown_mode(const HostPaths &host);

enum class SecureBoot { on, off, unknown, no_efi };

SecureBoot secure_boot(const HostPaths &host);

// The folder to which KDIR points, if a module can be built there.
std::optional<std::string> kernel_headers(const HostPaths &host);

struct CollectorModule {
    bool loaded = false;
    std::optional<unsigned long> abi_version; // nullopt: no such parameter
};

CollectorModule collector_module(const HostPaths &host);

} // namespace memory_collector
