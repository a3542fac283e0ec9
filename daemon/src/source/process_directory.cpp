// SPDX-License-Identifier: GPL-2.0-only
#include "source/process_directory.h"

#include "host/cgroup.h"
#include "host/pid_namespace.h"
#include "host/process_stat.h"
#include "support/clock.h"
#include "support/files.h"

#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <utility>

namespace memory_collector {

namespace {

// proc_pid_cmdline(5) has no limit of its own.
constexpr std::size_t most_cmdline = 4096;

// The last of NSpid in proc_pid_status(5), or 0. A name cannot pass for the line:
// the kernel escapes its newlines.
std::uint32_t innermost_pid(std::string_view status)
{
    constexpr std::string_view field = "\nNSpid:";
    const std::size_t at = status.find(field);
    if (at == std::string_view::npos)
        return 0;
    status.remove_prefix(at + field.size());
    const std::size_t end = status.find('\n');
    // Cut off: there may be more of it.
    if (end == std::string_view::npos)
        return 0;
    status = status.substr(0, end);
    status.remove_prefix(std::min(status.find_last_of(" \t") + 1, status.size()));
    std::uint32_t pid = 0;
    const auto [rest, error] = std::from_chars(status.data(), status.data() + status.size(), pid);
    return error == std::errc{} && rest == status.data() + status.size() ? pid : 0;
}

} // namespace

ProcessDirectory::ProcessDirectory(std::string proc, std::uint64_t boot_offset_ns, std::uint64_t ticks_per_s,
                                   HostPaths host)
    : proc_(std::move(proc)), boot_offset_ns_(boot_offset_ns), ticks_per_s_(ticks_per_s),
      names_(std::move(host))
{
}

ProcessDirectory ProcessDirectory::of_this_machine()
{
    const std::uint64_t monotonic = monotonic_ns();
    const std::uint64_t boot = clock_ns(CLOCK_BOOTTIME);
    const long ticks = ::sysconf(_SC_CLK_TCK);
    ProcessDirectory directory{"/proc", boot - std::min(boot, monotonic),
                               ticks > 0 ? static_cast<std::uint64_t>(ticks) : 100};
    directory.initial_namespace_ = own_pid_namespace(HostPaths{}) == PidNamespace::initial;
    return directory;
}

ProcessDirectory::Identity ProcessDirectory::identity(const ProcessKey &key) const
{
    const std::string text = read_file(proc_ + "/" + std::to_string(key.pid) + "/stat", 4096);
    const auto stat = parse_process_stat(text);
    if (!stat)
        return Identity::nobody;
    const std::uint64_t tick_ns = ns_per_s / ticks_per_s_;
    const std::uint64_t start = stat->start_time * tick_ns;
    // stat counts the time in suspend before the process began, key does not;
    // how much of it was before is not known.
    const std::uint64_t slack = 2 * tick_ns;
    const bool same =
        start + slack >= key.start_time_ns && start <= key.start_time_ns + boot_offset_ns_ + slack;
    return same ? Identity::same : Identity::other;
}

std::optional<ProcessDetails> ProcessDirectory::look_up(const ProcessKey &key)
{
    if (!initial_namespace_)
        return std::nullopt;
    const std::string directory = proc_ + "/" + std::to_string(key.pid);
    ProcessDetails details;
    details.cmdline = read_file(directory + "/cmdline", most_cmdline);
    while (!details.cmdline.empty() && details.cmdline.back() == '\0')
        details.cmdline.pop_back();
    std::replace(details.cmdline.begin(), details.cmdline.end(), '\0', ' ');
    const std::string cgroups = read_file(directory + "/cgroup", 1 << 16);
    details.cgroup = cgroup_path(cgroups);
    details.memory_cgroup = memory_cgroup_path(cgroups);
    place(details);
    details.ns_pid = innermost_pid(read_file(directory + "/status", 1 << 16));
    // Last: then what was read before was its own too.
    if (identity(key) != Identity::same)
        return std::nullopt;
    return details;
}

void ProcessDirectory::place(ProcessDetails &details)
{
    CgroupPlace place = cgroup_place(details.cgroup);
    details.container = std::move(place.container);
    details.container_runtime = place.runtime;
    details.pod = std::move(place.pod);
    details.unit = std::move(place.unit);
    if (auto known = names_.find(details.container, monotonic_ns())) {
        details.container_name = std::move(known->name);
        // The record of a runtime is better than a guess by the path.
        if (!known->runtime.empty())
            details.container_runtime = known->runtime;
    } else if (!details.container.empty() && !is_container_id(details.container)) {
        details.container_name = details.container;
    }
}

bool ProcessDirectory::gone(const ProcessKey &key) const
{
    return initial_namespace_ && key.pid != MC_KERNEL_THREADS_PID && identity(key) != Identity::same;
}

} // namespace memory_collector
