// SPDX-License-Identifier: GPL-2.0-only
#include "command/doctor_report.h"
#include "host_support.h"

#include <memory_collector/abi.h>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <cerrno>
#include <functional>
#include <sstream>

namespace memory_collector {
namespace {

using testing::FakeHost;

// A bare-metal server on which nothing is in the way.
Inspection healthy()
{
    Inspection host;
    host.release = "6.1.0-40-amd64";
    host.rdt = {.vendor = "GenuineIntel",
                .family = 6,
                .model = 0x6a,
                .stepping = 6,
                .hypervisor = {},
                .monitoring = true,
                .l3_monitoring = true,
                .occupancy = true,
                .total = true,
                .local = true,
                .rmids = 224,
                .counter_bits = 32,
                .unit_bytes = 65536};
    host.domains = {.l3_caches = 2, .nodes_with_cpus = 2};
    host.module = {.loaded = true, .abi_version = MC_ABI_VERSION};
    host.tracefs = {.known_to_kernel = true,
                    .mount_point = "/sys/kernel/tracing",
                    .instance_error = 0,
                    .collector_events = true};
    host.lockdown = "none";
    host.headers = "/lib/modules/6.1.0-40-amd64/build";
    host.btf = true;
    host.ebpf.tried = true;
    host.privileges = {.effective_uid = 0, .effective = ~std::uint64_t{0}};
    host.pid_namespace = PidNamespace::initial;
    host.perf_event_paranoid = "3";
    host.pool = {.zram = pool::ZramPresence::built_in,
                 .algorithms = "lzo, lz4",
                 .swaps = true,
                 .memory_cgroups = true,
                 .device = {}};
    host.coldness = {{"soft-dirty", true}, {"clear-refs", false}};
    return host;
}

Finding finding_of(const Inspection &host, const std::string &check)
{
    for (const auto &finding : diagnose(host))
        if (finding.check == check)
            return finding;
    ADD_FAILURE() << "no check " << check;
    return {};
}

TEST(Doctor, HealthyHostHasNothingToMend)
{
    const auto findings = diagnose(healthy());
    EXPECT_EQ(findings.size(), 16u);
    for (const auto &finding : findings) {
        EXPECT_EQ(finding.verdict, Verdict::ok) << finding.check << ": " << finding.found;
        EXPECT_TRUE(finding.cost.empty()) << finding.check;
        EXPECT_TRUE(finding.remedy.empty()) << finding.check;
        EXPECT_FALSE(finding.found.empty()) << finding.check;
    }
    EXPECT_TRUE(run_will_work(findings));
}

TEST(Doctor, WithoutTheModuleEbpfDoes)
{
    Inspection host = healthy();
    host.module = {};
    host.loading = ModuleLoading::not_built_in;
    host.tracefs = {};
    EXPECT_TRUE(run_will_work(diagnose(host)));
    const Finding finding = finding_of(host, "module");
    EXPECT_EQ(finding.verdict, Verdict::reduced);
    EXPECT_NE(finding.cost.find("eBPF"), std::string::npos) << finding.cost;
    host.ebpf.refusal = "cannot load the eBPF task iterator: Operation not permitted";
    EXPECT_FALSE(run_will_work(diagnose(host)));
    EXPECT_EQ(finding_of(host, "module").verdict, Verdict::blocked);
    EXPECT_EQ(finding_of(host, "ebpf").verdict, Verdict::blocked);
}

TEST(Doctor, AModuleThatIsLoadedNeedsNoEbpf)
{
    Inspection host = healthy();
    host.ebpf.refusal = "cannot load the eBPF task iterator: Operation not permitted";
    EXPECT_TRUE(run_will_work(diagnose(host)));
    EXPECT_EQ(finding_of(host, "ebpf").verdict, Verdict::ok);
}

TEST(Doctor, SaysWhatGroupsOfColumnsLackAndThatTheDefaultRunDoesNot)
{
    Inspection host = healthy();
    EXPECT_EQ(finding_of(host, "ebpf_groups").cost, "");
    host.ebpf.lacking = {"--with pmu: no counter", "--with faults: no times"};
    EXPECT_TRUE(run_will_work(diagnose(host)));
    const Finding finding = finding_of(host, "ebpf_groups");
    EXPECT_EQ(finding.verdict, Verdict::ok);
    EXPECT_EQ(finding.cost, "--with pmu: no counter; --with faults: no times");
}

struct Trouble {
    const char *check;
    Verdict verdict;
    const char *found;  // part of the text
    const char *remedy; // part of the text
    std::function<void(Inspection &)> cause;
};

class DoctorTrouble : public ::testing::TestWithParam<Trouble> {};

TEST_P(DoctorTrouble, IsFoundPricedAndMended)
{
    const Trouble &trouble = GetParam();
    Inspection host = healthy();
    trouble.cause(host);
    const Finding finding = finding_of(host, trouble.check);
    EXPECT_EQ(finding.verdict, trouble.verdict);
    EXPECT_NE(finding.found.find(trouble.found), std::string::npos) << finding.found;
    EXPECT_NE(finding.remedy.find(trouble.remedy), std::string::npos) << finding.remedy;
    EXPECT_FALSE(finding.cost.empty());
    EXPECT_EQ(run_will_work(diagnose(host)), trouble.verdict != Verdict::blocked);
}

const Trouble troubles[] = {
    {"rdt", Verdict::reduced, "no RDT", "EPYC", [](Inspection &h) { h.rdt.monitoring = false; }},
    {"rdt", Verdict::reduced, "virtual machine, KVMKVMKVM", "on the host",
     [](Inspection &h) {
         h.rdt.monitoring = false;
         h.rdt.under_hypervisor = true;
         h.rdt.hypervisor = "KVMKVMKVM";
     }},
    {"rdt", Verdict::reduced, "erratum", "none", [](Inspection &h) { h.rdt.disabled_by_erratum = true; }},
    {"rdt", Verdict::reduced, "sub-NUMA", "SNC", [](Inspection &h) { h.domains.nodes_with_cpus = 4; }},
    {"rdt", Verdict::reduced, "cache occupancy;", "",
     [](Inspection &h) { h.rdt.total = h.rdt.local = false; }},
    {"resctrl", Verdict::reduced, "/sys/fs/resctrl", "umount /sys/fs/resctrl",
     [](Inspection &h) { h.resctrl_mount = "/sys/fs/resctrl"; }},
    {"module", Verdict::blocked, "not loaded", "insmod",
     [](Inspection &h) {
         h.module = {};
         h.ebpf.refusal = "refused";
     }},
    {"module", Verdict::blocked, "not loaded", "scripts/run",
     [](Inspection &h) {
         h.module = {};
         h.ebpf.refusal = "refused";
         h.loading = ModuleLoading::not_built_in;
     }},
    {"module", Verdict::blocked, "without an ABI version", "rmmod",
     [](Inspection &h) { h.module.abi_version.reset(); }},
    {"module", Verdict::blocked, "ABI version 4711", "scripts/build",
     [](Inspection &h) { h.module.abi_version = 4711; }},
    {"module_loading", Verdict::blocked, "CONFIG_MODULES", "lab",
     [](Inspection &h) {
         h.module = {};
         h.ebpf.refusal = "refused";
         h.loading = ModuleLoading::not_built_in;
     }},
    {"module_loading", Verdict::blocked, "modules_disabled", "reboot",
     [](Inspection &h) {
         h.module = {};
         h.ebpf.refusal = "refused";
         h.loading = ModuleLoading::switched_off;
     }},
    {"module_loading", Verdict::blocked, "signed modules only", "sign-file",
     [](Inspection &h) {
         h.module = {};
         h.ebpf.refusal = "refused";
         h.loading = ModuleLoading::signed_only;
     }},
    {"tracefs", Verdict::blocked, "has none", "CONFIG_TRACING",
     [](Inspection &h) { h.tracefs = {.known_to_kernel = false, .mount_point = {}}; }},
    {"tracefs", Verdict::blocked, "Permission denied", "root",
     [](Inspection &h) { h.tracefs.instance_error = EACCES; }},
    {"tracefs", Verdict::blocked, "Read-only", "remount,rw",
     [](Inspection &h) { h.tracefs.instance_error = EROFS; }},
    {"tracefs", Verdict::blocked, "events are missing", "dmesg",
     [](Inspection &h) { h.tracefs.collector_events = false; }},
    {"lockdown", Verdict::blocked, "confidentiality", "boot without",
     [](Inspection &h) { h.lockdown = "confidentiality"; }},
    {"lockdown", Verdict::blocked, "integrity", "sign the module",
     [](Inspection &h) {
         h.lockdown = "integrity";
         h.module = {};
         h.ebpf.refusal = "refused";
     }},
    {"privileges", Verdict::blocked, "missing: CAP_DAC_READ_SEARCH", "memory-collector.service",
     [](Inspection &h) { h.privileges = {.effective_uid = 1000, .effective = 0}; }},
    {"privileges", Verdict::blocked, "missing: CAP_BPF, CAP_PERFMON", "sudo",
     [](Inspection &h) {
         h.module = {};
         h.ebpf.refusal = "refused";
         h.privileges = {.effective_uid = 1000, .effective = 1u << 2};
     }},
    {"privileges", Verdict::reduced, "not CAP_SYS_ADMIN", "",
     [](Inspection &h) { h.privileges = {.effective_uid = 1000, .effective = 1u << 2}; }},
    {"pid_namespace", Verdict::reduced, "a container's", "--pid=host",
     [](Inspection &h) { h.pid_namespace = PidNamespace::other; }},
    {"pid_namespace", Verdict::reduced, "not known", "mount -t proc",
     [](Inspection &h) { h.pid_namespace = PidNamespace::unknown; }},
    {"ebpf", Verdict::blocked, "5.4.0-150-generic has no task iterators", "5.8",
     [](Inspection &h) {
         h.module = {};
         h.release = "5.4.0-150-generic";
         h.ebpf.refusal = "refused";
     }},
};

INSTANTIATE_TEST_SUITE_P(All, DoctorTrouble, ::testing::ValuesIn(troubles));

TEST(Doctor, LoadedModuleMakesLoadingAndSigningMatterNoMore)
{
    Inspection host = healthy();
    host.loading = ModuleLoading::signed_only;
    host.lockdown = "integrity";
    host.secure_boot = SecureBoot::on;
    host.headers.reset();
    EXPECT_TRUE(run_will_work(diagnose(host)));
    EXPECT_EQ(finding_of(host, "secure_boot").verdict, Verdict::ok);
    host.module = {};
    EXPECT_EQ(finding_of(host, "secure_boot").verdict, Verdict::reduced);
    EXPECT_EQ(finding_of(host, "headers").verdict, Verdict::reduced);
    EXPECT_EQ(finding_of(host, "headers").remedy, "apt-get install linux-headers-6.1.0-40-amd64");
}

TEST(Doctor, TracefsIsMountedByRunWhereItIsNot)
{
    Inspection host = healthy();
    host.tracefs = {.known_to_kernel = true, .mount_point = {}};
    EXPECT_EQ(finding_of(host, "tracefs").verdict, Verdict::ok);
    EXPECT_NE(finding_of(host, "tracefs").found.find("not mounted"), std::string::npos);
    EXPECT_TRUE(run_will_work(diagnose(host)));
}

TEST(Doctor, TextNamesCostAndRemedyAndPaintsOnlyIfAsked)
{
    Inspection host = healthy();
    host.resctrl_mount = "/sys/fs/resctrl";
    std::ostringstream plain;
    std::ostringstream painted;
    write_findings_text(plain, diagnose(host), false);
    write_findings_text(painted, diagnose(host), true);
    EXPECT_EQ(plain.str().find('\033'), std::string::npos);
    EXPECT_NE(painted.str().find("\033[33mreduced\033[0m"), std::string::npos);
    EXPECT_NE(plain.str().find("mend: umount /sys/fs/resctrl\n"), std::string::npos);
    EXPECT_NE(plain.str().find("run will work here"), std::string::npos);
    host.module = {};
    host.ebpf.refusal = "refused";
    std::ostringstream blocked;
    write_findings_text(blocked, diagnose(host), false);
    EXPECT_NE(blocked.str().find("run will not work here"), std::string::npos);
}

TEST(Doctor, JsonSaysTheSame)
{
    Inspection host = healthy();
    host.module = {};
    host.ebpf.refusal = "refused";
    const auto findings = diagnose(host);
    std::ostringstream text;
    write_findings_json(text, host, findings);
    const auto document = nlohmann::json::parse(text.str());
    EXPECT_EQ(document["run_will_work"], false);
    EXPECT_EQ(document["rdt"]["rmids"], 224);
    EXPECT_EQ(document["rdt"]["l3_domains"], 2);
    ASSERT_EQ(document["checks"].size(), findings.size());
    for (std::size_t i = 0; i < findings.size(); i++) {
        EXPECT_EQ(document["checks"][i]["check"], findings[i].check);
        EXPECT_EQ(document["checks"][i]["verdict"], verdict_name(findings[i].verdict));
        EXPECT_EQ(document["checks"][i]["found"], findings[i].found);
        EXPECT_EQ(document["checks"][i]["remedy"].is_null(), findings[i].remedy.empty());
    }
}

TEST(Doctor, InspectsAWholeTree)
{
    FakeHost tree;
    tree.write("/proc/sys/kernel/osrelease", "6.12.9\n");
    tree.write("/proc/filesystems", "nodev\ttracefs\n");
    tree.write("/proc/self/mountinfo", "33 22 0:11 / /sys/kernel/tracing rw - tracefs tracefs rw\n"
                                       "34 22 0:12 / /sys/fs/resctrl rw - resctrl resctrl rw\n");
    tree.write("/proc/self/status", "Uid:\t0\t0\t0\t0\nCapEff:\t000001ffffffffff\n");
    tree.write("/proc/modules", "collector 1 0 - Live 0x0\n");
    tree.write(MC_ABI_VERSION_PATH, std::to_string(MC_ABI_VERSION) + "\n");
    tree.folder("/sys/kernel/tracing/instances");
    tree.folder("/sys/kernel/tracing/events/memory_collector");
    tree.write("/sys/kernel/btf/vmlinux", "x");
    const auto host =
        inspect_host(tree.paths(), [](std::uint32_t, std::uint32_t) { return CpuidRegisters{}; });
    EXPECT_EQ(host.release, "6.12.9");
    EXPECT_EQ(host.resctrl_mount, "/sys/fs/resctrl");
    EXPECT_TRUE(host.btf);
    EXPECT_EQ(host.headers, std::nullopt);
    EXPECT_TRUE(run_will_work(diagnose(host)));
    const auto nothing = inspect_host(FakeHost{}.paths(), host_cpuid);
    EXPECT_FALSE(run_will_work(diagnose(nothing)));
}

} // namespace
} // namespace memory_collector
