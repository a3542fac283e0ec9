// SPDX-License-Identifier: GPL-2.0-only
#include "source/process_directory.h"

#include "host/cgroup.h"
#include "support/clock.h"
#include "support/files.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <utility>

namespace memory_collector {

namespace {

// proc_pid_cmdline(5) has no limit of its own.
constexpr std::size_t most_cmdline = 4096;

// Field 22 of proc_pid_stat(5), behind a name that may hold anything.
std::optional<std::uint64_t> start_ticks(std::string_view stat)
{
    std::size_t at = stat.rfind(')');
    if (at == std::string_view::npos)
        return std::nullopt;
    for (int field = 2; field < 22; field++) {
        at = stat.find(' ', at + 1);
        if (at == std::string_view::npos)
            return std::nullopt;
    }
    std::uint64_t ticks = 0;
    if (std::from_chars(stat.data() + at + 1, stat.data() + stat.size(), ticks).ec != std::errc{})
        return std::nullopt;
    return ticks;
}

} // namespace

ProcessDirectory::ProcessDirectory(std::string proc, std::uint64_t boot_offset_ns, std::uint64_t ticks_per_s)
    : proc_(std::move(proc)), boot_offset_ns_(boot_offset_ns), ticks_per_s_(ticks_per_s)
{
}

ProcessDirectory ProcessDirectory::of_this_machine()
{
    const std::uint64_t monotonic = monotonic_ns();
    const std::uint64_t boot = clock_ns(CLOCK_BOOTTIME);
    const long ticks = ::sysconf(_SC_CLK_TCK);
    ProcessDirectory directory{"/proc", boot - std::min(boot, monotonic),
                               ticks > 0 ? static_cast<std::uint64_t>(ticks) : 100};
    // include/linux/proc_ns.h: PROC_PID_INIT_INO.
    constexpr ino_t initial = 0xEFFFFFFC;
    struct stat status {};
    directory.initial_namespace_ = ::stat("/proc/self/ns/pid", &status) == 0 && status.st_ino == initial;
    return directory;
}

ProcessDirectory::Identity ProcessDirectory::identity(const ProcessKey &key) const
{
    const auto ticks = start_ticks(read_file(proc_ + "/" + std::to_string(key.pid) + "/stat", 4096));
    if (!ticks)
        return Identity::nobody;
    const std::uint64_t tick_ns = ns_per_s / ticks_per_s_;
    const std::uint64_t start = *ticks * tick_ns;
    // stat counts the time in suspend before the process began, key does not;
    // how much of it was before is not known.
    const std::uint64_t slack = 2 * tick_ns;
    const bool same =
        start + slack >= key.start_time_ns && start <= key.start_time_ns + boot_offset_ns_ + slack;
    return same ? Identity::same : Identity::other;
}

std::optional<ProcessDetails> ProcessDirectory::look_up(const ProcessKey &key) const
{
    if (!initial_namespace_)
        return std::nullopt;
    const std::string directory = proc_ + "/" + std::to_string(key.pid);
    ProcessDetails details;
    details.cmdline = read_file(directory + "/cmdline", most_cmdline);
    while (!details.cmdline.empty() && details.cmdline.back() == '\0')
        details.cmdline.pop_back();
    std::replace(details.cmdline.begin(), details.cmdline.end(), '\0', ' ');
    details.cgroup = cgroup_path(read_file(directory + "/cgroup", 1 << 16));
    details.container = cgroup_place(details.cgroup).container;
    // Last: then what was read before was its own too.
    if (identity(key) != Identity::same)
        return std::nullopt;
    return details;
}

bool ProcessDirectory::gone(const ProcessKey &key) const
{
    return initial_namespace_ && key.pid != MC_KERNEL_THREADS_PID && identity(key) != Identity::same;
}

} // namespace memory_collector
