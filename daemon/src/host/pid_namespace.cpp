// SPDX-License-Identifier: GPL-2.0-only
#include "host/pid_namespace.h"

#include <system_error>

namespace memory_collector {

PidNamespace own_pid_namespace(const HostPaths &host)
{
    std::error_code error;
    const auto link = std::filesystem::read_symlink(host.at("/proc/self/ns/pid"), error);
    if (error)
        return PidNamespace::unknown;
    // include/linux/proc_ns.h: PROC_PID_INIT_INO, 0xEFFFFFFC.
    return link == "pid:[4026531836]" ? PidNamespace::initial : PidNamespace::other;
}

} // namespace memory_collector
