// SPDX-License-Identifier: GPL-2.0-only
#include "command/doctor_inspection.h"

#include "host/mounts.h"

namespace memory_collector {

Inspection inspect_host(const HostPaths &host, const CpuidReader &cpuid)
{
    Inspection inspection;
    inspection.release = kernel_release(host);
    inspection.rdt = decode_rdt_monitoring(cpuid);
    inspection.domains = inspect_cache_domains(host);
    if (auto mounts = mount_points(host, "resctrl"); !mounts.empty())
        inspection.resctrl_mount = mounts.front();
    inspection.module = collector_module(host);
    inspection.loading = module_loading(host);
    inspection.tracefs = inspect_tracefs(host);
    inspection.lockdown = lockdown_mode(host);
    inspection.secure_boot = secure_boot(host);
    inspection.headers = kernel_headers(host);
    inspection.btf = host.exists("/sys/kernel/btf/vmlinux");
    inspection.privileges = own_privileges(host);
    inspection.pid_namespace = own_pid_namespace(host);
    inspection.perf_event_paranoid = host.read_word("/proc/sys/kernel/perf_event_paranoid");
    inspection.pool = pool::inspect_pool(host);
    return inspection;
}

} // namespace memory_collector
