// SPDX-License-Identifier: GPL-2.0-only
#include "host/privileges.h"

#include <sstream>

namespace memory_collector {

const char *capability_name(Capability capability)
{
    switch (capability) {
    case Capability::dac_override:
        return "CAP_DAC_OVERRIDE";
    case Capability::dac_read_search:
        return "CAP_DAC_READ_SEARCH";
    case Capability::sys_module:
        return "CAP_SYS_MODULE";
    case Capability::sys_admin:
        return "CAP_SYS_ADMIN";
    case Capability::sys_nice:
        return "CAP_SYS_NICE";
    case Capability::perfmon:
        return "CAP_PERFMON";
    case Capability::bpf:
        return "CAP_BPF";
    }
    return "CAP_?";
}

Privileges own_privileges(const HostPaths &host)
{
    // Nothing readable, nothing allowed.
    Privileges privileges{.effective_uid = 65534, .effective = 0};
    std::istringstream lines{host.read("/proc/self/status").value_or("")};
    for (std::string line; std::getline(lines, line);) {
        std::istringstream words{line};
        std::string key;
        words >> key;
        if (key == "Uid:") {
            unsigned long real = 0;
            words >> real >> privileges.effective_uid;
        } else if (key == "CapEff:") {
            words >> std::hex >> privileges.effective;
        }
    }
    return privileges;
}

std::vector<Capability> missing_for_ebpf(const Privileges &privileges)
{
    std::vector<Capability> missing;
    if (privileges.has(Capability::sys_admin))
        return missing;
    for (const Capability needed : {Capability::bpf, Capability::perfmon})
        if (!privileges.has(needed))
            missing.push_back(needed);
    return missing;
}

std::vector<Capability> missing_for_root_files(const Privileges &privileges)
{
    if (privileges.effective_uid == 0 || privileges.has(Capability::dac_override) ||
        privileges.has(Capability::dac_read_search))
        return {};
    return {Capability::dac_read_search};
}

std::string capability_names(const std::vector<Capability> &capabilities)
{
    std::string names;
    for (const Capability capability : capabilities)
        names += (names.empty() ? "" : " and ") + std::string{capability_name(capability)};
    return names;
}

} // namespace memory_collector
