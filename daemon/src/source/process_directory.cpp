// SPDX-License-Identifier: GPL-2.0-only
#include "source/process_directory.h"

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

bool hex(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
}

} // namespace

std::string cgroup_path(std::string_view text)
{
    std::string unified;
    std::string memory;
    while (!text.empty()) {
        const std::size_t end = std::min(text.find('\n'), text.size());
        const std::string_view line = text.substr(0, end);
        text.remove_prefix(std::min(end + 1, text.size()));
        // cgroups(7): number:controllers:path
        const std::size_t first = line.find(':');
        const std::size_t second = first == std::string_view::npos ? first : line.find(':', first + 1);
        if (second == std::string_view::npos)
            continue;
        const std::string_view controllers = line.substr(first + 1, second - first - 1);
        const std::string_view path = line.substr(second + 1);
        if (controllers.empty())
            unified = path;
        for (std::size_t at = 0; at <= controllers.size();) {
            const std::size_t comma = std::min(controllers.find(',', at), controllers.size());
            if (controllers.substr(at, comma - at) == "memory")
                memory = path;
            at = comma + 1;
        }
    }
    return (unified.empty() || unified == "/") && !memory.empty() ? memory : unified;
}

std::string container_of(std::string_view cgroup)
{
    constexpr std::size_t digits = 64;
    std::string found;
    for (std::size_t at = 0; at < cgroup.size();) {
        if (!hex(cgroup[at])) {
            at++;
            continue;
        }
        std::size_t end = at;
        while (end < cgroup.size() && hex(cgroup[end]))
            end++;
        const bool from =
            at != 0 && (cgroup[at - 1] == '/' || cgroup[at - 1] == '-' || cgroup[at - 1] == ':');
        const bool to = end == cgroup.size() || cgroup[end] == '/' || cgroup[end] == '.';
        // The innermost, where containers run in containers.
        if (end - at == digits && from && to)
            found = cgroup.substr(at, digits);
        at = end;
    }
    return found;
}

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
    details.container = container_of(details.cgroup);
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
