// SPDX-License-Identifier: GPL-2.0-only
#include "command/doctor_checks.h"

#include "command/doctor_saving_checks.h"
#include "support/error.h"

#include <memory_collector/abi.h>

#include <algorithm>
#include <cerrno>

namespace memory_collector {
namespace {

std::string join(const std::vector<std::string> &words, std::string_view separator)
{
    std::string text;
    for (const auto &word : words)
        text += (text.empty() ? std::string{} : std::string{separator}) + word;
    return text;
}

std::string rdt_description(const Inspection &host)
{
    const RdtMonitoring &rdt = host.rdt;
    std::vector<std::string> counters;
    if (rdt.total)
        counters.emplace_back("total bandwidth");
    if (rdt.local)
        counters.emplace_back("local bandwidth");
    if (rdt.occupancy)
        counters.emplace_back("cache occupancy");
    std::string text = join(counters, ", ") + "; " + std::to_string(rdt.rmids) + " RMIDs, " +
                       std::to_string(rdt.counter_bits) + "-bit counters of " +
                       std::to_string(rdt.unit_bytes) + " bytes";
    if (host.domains.l3_caches)
        text += ", " + std::to_string(host.domains.l3_caches) + " L3 domain" +
                (host.domains.l3_caches == 1 ? "" : "s");
    return text;
}

Finding check_rdt(const Inspection &host)
{
    const RdtMonitoring &rdt = host.rdt;
    Finding finding{.check = "rdt", .found = {}, .cost = {}, .remedy = {}};
    const std::string where =
        rdt.under_hypervisor
            ? " (virtual machine" + (rdt.hypervisor.empty() ? "" : ", " + rdt.hypervisor) + ")"
            : "";
    if (!rdt.monitoring || !rdt.l3_monitoring || !(rdt.bandwidth() || rdt.occupancy)) {
        finding.verdict = Verdict::reduced;
        finding.found = "CPUID offers no RDT monitoring of the L3 cache" + where;
        finding.cost = "software mode: CPU time, memory and faults of every process, no bandwidth and "
                       "no cache occupancy";
        finding.remedy = rdt.under_hypervisor
                             ? "measure on the host: hypervisors do not pass RDT monitoring on"
                             : "a CPU with RDT or PQoS monitoring (Intel Xeon since Broadwell, AMD EPYC "
                               "since Rome)";
        return finding;
    }
    finding.found = rdt_description(host) + where;
    if (rdt.disabled_by_erratum) {
        finding.verdict = Verdict::reduced;
        finding.found += "; erratum of this stepping: monitoring is off";
        finding.cost = "software mode: no bandwidth and no cache occupancy";
        finding.remedy = "none for this stepping; figures forced out of it are not to be trusted";
    } else if (host.domains.sub_numa()) {
        finding.verdict = Verdict::reduced;
        finding.found += "; sub-NUMA clustering (" + std::to_string(host.domains.nodes_with_cpus) + " nodes)";
        finding.cost = "the module does not count under sub-NUMA clustering";
        finding.remedy = "switch sub-NUMA clustering (SNC) off in the firmware's setup";
    } else if (!rdt.bandwidth()) {
        finding.verdict = Verdict::reduced;
        finding.cost = "no bandwidth: this CPU counts cache occupancy only";
    }
    return finding;
}

Finding check_resctrl(const Inspection &host)
{
    Finding finding{.check = "resctrl", .found = "not mounted", .cost = {}, .remedy = {}};
    if (host.resctrl_mount) {
        finding.verdict = Verdict::reduced;
        finding.found = "mounted on " + *host.resctrl_mount;
        finding.cost = "the RMIDs are resctrl's; the module samples in software mode until it is unmounted";
        finding.remedy = "umount " + *host.resctrl_mount;
    }
    return finding;
}

std::string load_command(const Inspection &host)
{
    if (host.loading != ModuleLoading::possible)
        return "scripts/run (boots the lab)";
    return "make -C module && insmod module/build/" MC_MODULE_NAME ".ko";
}

Finding check_module(const Inspection &host)
{
    Finding finding{.check = "module", .found = {}, .cost = {}, .remedy = {}};
    const std::string wanted = std::to_string(MC_ABI_VERSION);
    if (!host.module.loaded) {
        finding.verdict = Verdict::blocked;
        finding.found = MC_MODULE_NAME " is not loaded";
        finding.cost = "nothing to read samples from";
        finding.remedy = load_command(host);
    } else if (!host.module.abi_version) {
        finding.verdict = Verdict::blocked;
        finding.found = "a module " MC_MODULE_NAME " is loaded, without an ABI version";
        finding.cost = "it is another module of that name, or one too old to be understood";
        finding.remedy = "rmmod " MC_MODULE_NAME " && " + load_command(host);
    } else if (*host.module.abi_version != MC_ABI_VERSION) {
        finding.verdict = Verdict::blocked;
        finding.found = "loaded, ABI version " + std::to_string(*host.module.abi_version) +
                        "; this program speaks " + wanted;
        finding.cost = "its events would be misread";
        finding.remedy =
            "build both from one tree: rmmod " MC_MODULE_NAME " && scripts/build && " + load_command(host);
    } else {
        finding.found = "loaded, ABI version " + wanted;
    }
    return finding;
}

// Whatever is said here matters only while the module is not loaded.
Finding check_module_loading(const Inspection &host)
{
    Finding finding{.check = "module_loading", .found = {}, .cost = {}, .remedy = {}};
    switch (host.loading) {
    case ModuleLoading::possible:
        finding.found = "kernel " + host.release + " loads modules";
        return finding;
    case ModuleLoading::not_built_in:
        finding.found = "kernel " + host.release + " is built without CONFIG_MODULES";
        finding.remedy = "a distribution's kernel, or scripts/run, which boots the lab";
        break;
    case ModuleLoading::switched_off:
        finding.found = "kernel.modules_disabled is 1";
        finding.remedy = "reboot; once set it cannot be taken back";
        break;
    case ModuleLoading::signed_only:
        finding.found = "kernel " + host.release + " loads signed modules only";
        finding.remedy = "sign it with an enrolled key: scripts/sign-file sha256 KEY CERT "
                         "module/build/" MC_MODULE_NAME ".ko (of the kernel's headers)";
        break;
    }
    if (!host.module.loaded) {
        finding.verdict = Verdict::blocked;
        finding.cost = "the module as built cannot be loaded";
    }
    return finding;
}

Finding check_tracefs(const Inspection &host)
{
    Finding finding{.check = "tracefs", .verdict = Verdict::blocked, .found = {}, .cost = {}, .remedy = {}};
    const TracefsHost &tracefs = host.tracefs;
    if (!tracefs.mount_point && tracefs.known_to_kernel) {
        finding.verdict = Verdict::ok;
        finding.found = "not mounted; run mounts it on /sys/kernel/tracing";
        return finding;
    }
    if (!tracefs.mount_point) {
        finding.found = "this kernel has none";
        finding.cost = "samples cannot be read";
        finding.remedy = "a kernel with CONFIG_TRACING";
        return finding;
    }
    finding.found = "mounted on " + *tracefs.mount_point;
    if (tracefs.instance_error) {
        finding.found += "; no instance can be made there: " + error_text(tracefs.instance_error);
        finding.cost = "samples cannot be read";
        finding.remedy = tracefs.instance_error == EROFS ? "mount -o remount,rw " + *tracefs.mount_point
                                                         : "run as root, in the host's own namespaces; or "
                                                           "chown USER " +
                                                               *tracefs.mount_point + "/instances";
    } else if (host.module.loaded && !tracefs.collector_events) {
        finding.found += "; the module is loaded, yet its events are missing";
        finding.cost = "samples cannot be read";
        finding.remedy =
            "rmmod " MC_MODULE_NAME " && insmod module/build/" MC_MODULE_NAME ".ko, and read what dmesg says";
    } else {
        finding.verdict = Verdict::ok;
        finding.found += "; an instance could be made and removed";
    }
    return finding;
}

// LOCKDOWN_MODULE_SIGNATURE belongs to integrity, LOCKDOWN_TRACEFS to
// confidentiality (include/linux/security.h).
Finding check_lockdown(const Inspection &host)
{
    Finding finding{.check = "lockdown", .found = {}, .cost = {}, .remedy = {}};
    if (!host.lockdown) {
        finding.found = "no lockdown in this kernel, or securityfs is not mounted";
        return finding;
    }
    finding.found = *host.lockdown;
    const bool confidentiality = *host.lockdown == "confidentiality";
    if (confidentiality || (*host.lockdown == "integrity" && !host.module.loaded)) {
        finding.verdict = Verdict::blocked;
        finding.cost = confidentiality ? "tracefs is closed, to root too" : "unsigned modules are not loaded";
        finding.remedy = confidentiality ? "boot without lockdown=confidentiality"
                                         : "sign the module, or boot without lockdown (Secure Boot off)";
    }
    return finding;
}

Finding check_secure_boot(const Inspection &host)
{
    Finding finding{.check = "secure_boot", .found = {}, .cost = {}, .remedy = {}};
    switch (host.secure_boot) {
    case SecureBoot::on:
        finding.found = "on";
        if (!host.module.loaded) {
            finding.verdict = Verdict::reduced;
            finding.cost = "most distributions load only signed modules then";
            finding.remedy = "enroll a key of your own (mokutil --import) and sign the module with it";
        }
        break;
    case SecureBoot::off:
        finding.found = "off";
        break;
    case SecureBoot::unknown:
        finding.found = "EFI machine, the variable is not readable (efivarfs not mounted?)";
        break;
    case SecureBoot::no_efi:
        finding.found = "not an EFI boot";
        break;
    }
    return finding;
}

Finding check_headers(const Inspection &host)
{
    Finding finding{.check = "headers", .found = {}, .cost = {}, .remedy = {}};
    if (host.headers) {
        finding.found = *host.headers;
        return finding;
    }
    finding.found = "none for kernel " + host.release;
    if (host.module.loaded) {
        finding.found += " (the module is loaded)";
        return finding;
    }
    finding.verdict = Verdict::reduced;
    finding.cost = "the module cannot be built for this kernel";
    finding.remedy = "apt-get install linux-headers-" + host.release;
    return finding;
}

Finding check_btf(const Inspection &host)
{
    Finding finding{.check = "btf", .found = "/sys/kernel/btf/vmlinux", .cost = {}, .remedy = {}};
    if (!host.btf) {
        finding.found = "none";
        finding.cost = "no eBPF source (--source ebpf); the module does not need it";
        finding.remedy = "a kernel with CONFIG_DEBUG_INFO_BTF; run --btf FILE tells where fields are, but "
                         "iterators and typed tracepoints need the kernel's own";
    }
    return finding;
}

Finding check_ebpf(const Inspection &host)
{
    Finding finding{.check = "ebpf", .found = "its programs load", .cost = {}, .remedy = {}};
    if (!host.ebpf.works()) {
        finding.verdict = host.module.loaded ? Verdict::ok : Verdict::blocked;
        finding.found = host.ebpf.refusal.empty() ? "not tried" : host.ebpf.refusal;
        finding.cost = "no report without the module";
        if (!kernel_at_least(host.release, 5, 8)) {
            finding.found = "kernel " + host.release + " has no task iterators and rings: they came with 5.8";
            finding.remedy = "a kernel from 5.8 on, or the module";
            return finding;
        }
        finding.remedy = host.btf ? "sudo memory-collector doctor, or load the module"
                                  : "a kernel with CONFIG_DEBUG_INFO_BTF, or the module";
    }
    return finding;
}

// Asked for by --with: what is lacking of them takes nothing from the default run.
Finding check_ebpf_groups(const Inspection &host)
{
    Finding finding{.check = "ebpf_groups", .found = "all columns of --with", .cost = {}, .remedy = {}};
    if (!host.ebpf.works()) {
        finding.found = "not tried: the eBPF source does not work";
    } else if (!host.ebpf.lacking.empty()) {
        finding.found = "not all columns of --with";
        finding.cost = join(host.ebpf.lacking, "; ");
    }
    return finding;
}

// Without the module `run` takes eBPF, which needs nothing of what the module does.
void rely_on_ebpf(std::vector<Finding> &findings)
{
    for (Finding &finding : findings) {
        if (finding.verdict != Verdict::blocked)
            continue;
        finding.verdict = Verdict::reduced;
        if (finding.check == "module")
            finding.cost =
                "samples come by eBPF instead: CPU time, memory and faults of every process once an "
                "interval, no bandwidth and no cache occupancy";
    }
}

Finding check_privileges(const Inspection &host)
{
    Finding finding{.check = "privileges", .found = {}, .cost = {}, .remedy = {}};
    std::vector<std::string> held;
    std::vector<std::string> missing;
    for (const auto capability : {Capability::sys_admin, Capability::sys_module, Capability::dac_override,
                                  Capability::dac_read_search, Capability::perfmon, Capability::bpf})
        if (host.privileges.has(capability))
            held.emplace_back(capability_name(capability));
    for (const auto capability :
         host.module.loaded ? missing_for_root_files(host.privileges) : missing_for_ebpf(host.privileges))
        missing.emplace_back(capability_name(capability));

    finding.found = "user " + std::to_string(host.privileges.effective_uid) +
                    (held.empty() ? ", none of the capabilities in question" : " with " + join(held, ", "));
    if (!missing.empty()) {
        finding.verdict = Verdict::blocked;
        finding.found += "; missing: " + join(missing, ", ");
        finding.cost = host.module.loaded ? "tracefs, where the module's events are read, cannot be entered"
                                          : "eBPF programs cannot be loaded";
        finding.remedy = "sudo memory-collector run, or a service with these capabilities: "
                         "memory-collector.service";
    } else if (const auto names = missing_for_root_files(host.privileges); !names.empty()) {
        finding.verdict = Verdict::reduced;
        finding.found += "; not " + capability_names(names);
        finding.cost = "the records of container runtimes cannot be read: container_name is null";
    } else if (host.module.loaded && !host.privileges.has(Capability::sys_admin)) {
        finding.verdict = Verdict::reduced;
        finding.found += "; not CAP_SYS_ADMIN";
        finding.cost = "no dump of the module: a process is in the report from when it runs";
    } else if (!host.module.loaded && !host.privileges.has(Capability::sys_module)) {
        finding.verdict = Verdict::blocked;
        finding.cost = "the module cannot be loaded from here (CAP_SYS_MODULE is missing)";
        finding.remedy = "load it as root outside of this container or service";
    }
    return finding;
}

Finding check_pid_namespace(const Inspection &host)
{
    Finding finding{.check = "pid_namespace", .found = "the machine's", .cost = {}, .remedy = {}};
    if (host.pid_namespace == PidNamespace::initial)
        return finding;
    finding.verdict = Verdict::reduced;
    finding.cost = "reports have the machine's pids, which are others than here; command lines, cgroups and "
                   "containers are null";
    if (host.pid_namespace == PidNamespace::other) {
        finding.found = "a container's";
        finding.remedy = "run it outside, or in a container with the machine's pids (docker run --pid=host; "
                         "Kubernetes: hostPID: true)";
    } else {
        finding.found = "not known: /proc cannot be read";
        finding.remedy = "mount -t proc proc /proc";
    }
    return finding;
}

Finding check_perf_event_paranoid(const Inspection &host)
{
    return {.check = "perf_event_paranoid",
            .found = host.perf_event_paranoid.value_or("absent") + " (not used: samples come by tracefs)",
            .cost = {},
            .remedy = {}};
}

} // namespace

const char *verdict_name(Verdict verdict)
{
    switch (verdict) {
    case Verdict::ok:
        return "ok";
    case Verdict::reduced:
        return "reduced";
    case Verdict::blocked:
        return "blocked";
    }
    return "?";
}

std::vector<Finding> diagnose(const Inspection &host)
{
    std::vector<Finding> findings{check_rdt(host),           check_resctrl(host),
                                  check_module(host),        check_module_loading(host),
                                  check_tracefs(host),       check_lockdown(host),
                                  check_secure_boot(host),   check_headers(host),
                                  check_btf(host),           check_ebpf(host),
                                  check_ebpf_groups(host),   check_privileges(host),
                                  check_pid_namespace(host), check_perf_event_paranoid(host),
                                  check_coldness(host),      check_pool(host)};
    if (!host.module.loaded && host.ebpf.works())
        rely_on_ebpf(findings);
    return findings;
}

bool run_will_work(const std::vector<Finding> &findings)
{
    return std::none_of(findings.begin(), findings.end(),
                        [](const Finding &finding) { return finding.verdict == Verdict::blocked; });
}

} // namespace memory_collector
