// SPDX-License-Identifier: GPL-2.0-only
#include "host/cache_domains.h"
#include "host/kernel_host.h"
#include "host/mounts.h"
#include "host/pid_namespace.h"
#include "host/privileges.h"
#include "host/tracefs_host.h"
#include "host_support.h"

#include <gtest/gtest.h>

#include <cerrno>

#include <unistd.h>

namespace memory_collector {
namespace {

using testing::FakeHost;

constexpr char mountinfo[] = "22 27 0:20 / /sys rw,nosuid shared:7 - sysfs sysfs rw\n"
                             "30 22 0:26 / /sys/fs/resctrl rw - resctrl resctrl rw\n"
                             "31 22 0:7 / /sys/kernel/debug rw shared:11 master:3 - debugfs debugfs rw\n"
                             "32 31 0:11 / /sys/kernel/debug/tracing rw shared:12 - tracefs tracefs rw\n"
                             "33 22 0:11 / /sys/kernel/tracing rw shared:13 - tracefs tracefs rw\n"
                             "34 27 0:30 / /mnt/my\\040disk rw - ext4 /dev/tracefs rw\n";

TEST(HostPaths, AbsolutePathStaysUnderTheRoot)
{
    FakeHost host;
    host.write("/proc/x", " a word \n");
    EXPECT_EQ(host.paths().read_word("/proc/x"), "a word");
    EXPECT_EQ(host.paths().read("/proc/y"), std::nullopt);
    EXPECT_EQ(host.paths().read("/proc"), std::nullopt);
    EXPECT_EQ(HostPaths{}.at("/proc/x"), "/proc/x");
}

TEST(Mounts, ByTypeWhateverTheOptionalFields)
{
    FakeHost host;
    host.write("/proc/self/mountinfo", mountinfo);
    EXPECT_EQ(mount_points(host.paths(), "tracefs"),
              (std::vector<std::string>{"/sys/kernel/debug/tracing", "/sys/kernel/tracing"}));
    EXPECT_EQ(mount_points(host.paths(), "resctrl"), std::vector<std::string>{"/sys/fs/resctrl"});
    EXPECT_EQ(mount_points(host.paths(), "ext4"), std::vector<std::string>{"/mnt/my disk"});
    EXPECT_TRUE(mount_points(host.paths(), "zonefs").empty());
    EXPECT_TRUE(mount_points(FakeHost{}.paths(), "tracefs").empty());
}

TEST(Mounts, KnownFilesystems)
{
    FakeHost host;
    host.write("/proc/filesystems", "nodev\tsysfs\nnodev\ttracefs\n\text4\n");
    EXPECT_TRUE(knows_filesystem(host.paths(), "tracefs"));
    EXPECT_TRUE(knows_filesystem(host.paths(), "ext4"));
    EXPECT_FALSE(knows_filesystem(host.paths(), "resctrl"));
    EXPECT_FALSE(knows_filesystem(host.paths(), "ext"));
}

TEST(KernelHost, ModuleLoading)
{
    FakeHost host;
    EXPECT_EQ(module_loading(host.paths()), ModuleLoading::not_built_in);
    host.write("/proc/modules", "");
    EXPECT_EQ(module_loading(host.paths()), ModuleLoading::possible);
    host.write("/sys/module/module/parameters/sig_enforce", "Y\n");
    EXPECT_EQ(module_loading(host.paths()), ModuleLoading::signed_only);
    host.write("/proc/sys/kernel/modules_disabled", "1\n");
    EXPECT_EQ(module_loading(host.paths()), ModuleLoading::switched_off);
}

TEST(KernelHost, Lockdown)
{
    FakeHost host;
    EXPECT_EQ(lockdown_mode(host.paths()), std::nullopt);
    host.write("/sys/kernel/security/lockdown", "none [integrity] confidentiality\n");
    EXPECT_EQ(lockdown_mode(host.paths()), "integrity");
    host.write("/sys/kernel/security/lockdown", "garbage");
    EXPECT_EQ(lockdown_mode(host.paths()), std::nullopt);
}

TEST(KernelHost, SecureBoot)
{
    constexpr char variable[] = "/sys/firmware/efi/efivars/SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c";
    FakeHost host;
    EXPECT_EQ(secure_boot(host.paths()), SecureBoot::no_efi);
    host.folder("/sys/firmware/efi/efivars");
    EXPECT_EQ(secure_boot(host.paths()), SecureBoot::unknown);
    host.write(variable, std::string_view{"\6\0\0\0\1", 5});
    EXPECT_EQ(secure_boot(host.paths()), SecureBoot::on);
    host.write(variable, std::string_view{"\6\0\0\0\0", 5});
    EXPECT_EQ(secure_boot(host.paths()), SecureBoot::off);
    host.write(variable, "\6");
    EXPECT_EQ(secure_boot(host.paths()), SecureBoot::unknown);
}

TEST(KernelHost, HeadersNeedTheirMakefile)
{
    FakeHost host;
    host.write("/proc/sys/kernel/osrelease", "6.1.0-40-cloud-amd64\n");
    host.folder("/lib/modules/6.1.0-40-cloud-amd64/build");
    EXPECT_EQ(kernel_headers(host.paths()), std::nullopt);
    host.write("/lib/modules/6.1.0-40-cloud-amd64/build/Makefile", "all:\n");
    EXPECT_EQ(kernel_headers(host.paths()), "/lib/modules/6.1.0-40-cloud-amd64/build");
}

TEST(KernelHost, CollectorModule)
{
    FakeHost host;
    EXPECT_FALSE(collector_module(host.paths()).loaded);
    host.folder("/sys/module/collector/parameters");
    EXPECT_TRUE(collector_module(host.paths()).loaded);
    EXPECT_EQ(collector_module(host.paths()).abi_version, std::nullopt);
    host.write("/sys/module/collector/parameters/abi_version", "17\n");
    EXPECT_EQ(collector_module(host.paths()).abi_version, 17ul);
    host.write("/sys/module/collector/parameters/abi_version", "new\n");
    EXPECT_EQ(collector_module(host.paths()).abi_version, std::nullopt);
}

TEST(Privileges, RootOfThisNamespace)
{
    FakeHost host;
    host.write("/proc/self/status", "Name:\tx\nUid:\t1000\t0\t0\t0\nCapEff:\t000001ffffffffff\n");
    const auto root = own_privileges(host.paths());
    EXPECT_EQ(root.effective_uid, 0ul);
    EXPECT_TRUE(root.has(Capability::sys_module));
    EXPECT_TRUE(missing_for_ebpf(root).empty());
    EXPECT_TRUE(missing_for_root_files(root).empty());
}

TEST(Privileges, MissingOnesAreNamed)
{
    const auto missing = [](const char *status) {
        FakeHost host;
        host.write("/proc/self/status", status);
        const auto privileges = own_privileges(host.paths());
        return capability_names(missing_for_ebpf(privileges)) + "; " +
               capability_names(missing_for_root_files(privileges));
    };
    EXPECT_EQ(missing("Uid:\t7\t7\t7\t7\nCapEff:\t0000000000000000\n"),
              "CAP_BPF and CAP_PERFMON; CAP_DAC_READ_SEARCH");
    EXPECT_EQ(missing("Uid:\t7\t7\t7\t7\nCapEff:\t000000c000000004\n"), "; ");
    EXPECT_EQ(missing("Uid:\t7\t7\t7\t7\nCapEff:\t0000008000000002\n"), "CAP_PERFMON; ");
    EXPECT_EQ(missing("Uid:\t7\t7\t7\t7\nCapEff:\t0000004000000000\n"), "CAP_BPF; CAP_DAC_READ_SEARCH");
    // CAP_SYS_ADMIN stands for CAP_BPF and CAP_PERFMON, not for others' files.
    EXPECT_EQ(missing("Uid:\t7\t7\t7\t7\nCapEff:\t0000000000200000\n"), "; CAP_DAC_READ_SEARCH");
    // A container's root: user 0 without them.
    EXPECT_EQ(missing("Uid:\t0\t0\t0\t0\nCapEff:\t00000000a80425fb\n"), "CAP_BPF and CAP_PERFMON; ");
    EXPECT_EQ(missing(""), "CAP_BPF and CAP_PERFMON; CAP_DAC_READ_SEARCH");
}

TEST(KernelRelease, IsComparedByItsNumbers)
{
    EXPECT_FALSE(kernel_at_least("5.4.0-150-generic", 5, 8));
    EXPECT_FALSE(kernel_at_least("4.19.0", 5, 8));
    EXPECT_TRUE(kernel_at_least("5.8", 5, 8));
    EXPECT_TRUE(kernel_at_least("5.10.0-rc1", 5, 8));
    EXPECT_TRUE(kernel_at_least("6.1.0-40-amd64", 5, 8));
    for (const char *const unreadable : {"", "unknown", "5", "5.", "x.y"})
        EXPECT_TRUE(kernel_at_least(unreadable, 5, 8)) << unreadable;
}

TEST(TracefsHost, PrefersTheUsualPlaceAndLeavesNoInstance)
{
    FakeHost host;
    host.write("/proc/filesystems", "nodev\ttracefs\n");
    host.write("/proc/self/mountinfo", mountinfo);
    host.folder("/sys/kernel/tracing/instances");
    host.folder("/sys/kernel/tracing/events/memory_collector");
    const auto tracefs = inspect_tracefs(host.paths());
    EXPECT_TRUE(tracefs.known_to_kernel);
    EXPECT_EQ(tracefs.mount_point, "/sys/kernel/tracing");
    EXPECT_EQ(tracefs.instance_error, 0);
    EXPECT_TRUE(tracefs.collector_events);
    EXPECT_TRUE(std::filesystem::is_empty(host.paths().at("/sys/kernel/tracing/instances")));
}

TEST(TracefsHost, SaysWhyNoInstanceCanBeMade)
{
    FakeHost host;
    host.write("/proc/self/mountinfo", mountinfo);
    const auto tracefs = inspect_tracefs(host.paths());
    EXPECT_FALSE(tracefs.known_to_kernel);
    EXPECT_EQ(tracefs.instance_error, ENOENT);
    EXPECT_FALSE(tracefs.collector_events);
    EXPECT_EQ(inspect_tracefs(FakeHost{}.paths()).mount_point, std::nullopt);
}

TEST(CacheDomains, CountsL3CachesAndNodes)
{
    FakeHost host;
    EXPECT_EQ(inspect_cache_domains(host.paths()).l3_caches, 0u);
    for (const int cpu : {0, 1, 2, 3}) {
        const std::string cache = "/sys/devices/system/cpu/cpu" + std::to_string(cpu) + "/cache/index3/";
        host.write(cache + "level", "3\n");
        host.write(cache + "id", std::to_string(cpu / 2) + "\n");
    }
    host.folder("/sys/devices/system/cpu/cpufreq");
    host.write("/sys/devices/system/node/node0/cpulist", "0-1\n");
    host.write("/sys/devices/system/node/node1/cpulist", "2-3\n");
    host.write("/sys/devices/system/node/node2/cpulist", "\n"); // memory only
    auto domains = inspect_cache_domains(host.paths());
    EXPECT_EQ(domains.l3_caches, 2u);
    EXPECT_EQ(domains.nodes_with_cpus, 2u);
    EXPECT_FALSE(domains.sub_numa());
    host.write("/sys/devices/system/node/node2/cpulist", "1\n");
    EXPECT_TRUE(inspect_cache_domains(host.paths()).sub_numa());
}

TEST(PidNamespace, IsTheMachinesByItsNumber)
{
    FakeHost machine;
    machine.link("/proc/self/ns/pid", "pid:[4026531836]");
    EXPECT_EQ(own_pid_namespace(machine.paths()), PidNamespace::initial);
    FakeHost container;
    container.link("/proc/self/ns/pid", "pid:[4026532201]");
    EXPECT_EQ(own_pid_namespace(container.paths()), PidNamespace::other);
    EXPECT_EQ(own_pid_namespace(FakeHost{}.paths()), PidNamespace::unknown);
}

} // namespace
} // namespace memory_collector
