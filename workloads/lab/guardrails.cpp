// SPDX-License-Identifier: GPL-2.0-only
#include "lab/guardrails.h"

#include "host/cgroup.h"
#include "host/mounts.h"
#include "oom/cgroup_tree.h"
#include "oom/parse.h"
#include "support/units.h"
#include "support/words.h"

#include <spdlog/fmt/fmt.h>

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <optional>
#include <string_view>

namespace memory_collector::lab {

namespace {

std::optional<std::uint64_t> field(std::string_view text, std::string_view key)
{
    return whole<std::uint64_t>(word_behind(text, key));
}

std::string parent_of(const std::string &path)
{
    const std::size_t slash = path.rfind('/');
    return slash == 0 || slash == std::string::npos ? "/" : path.substr(0, slash);
}

// Calls visit(path) for a cgroup and each above it.
template <typename Visit> void upwards(std::string path, Visit &&visit)
{
    while (!path.empty()) {
        visit(path);
        if (path == "/")
            return;
        path = parent_of(path);
    }
}

std::optional<std::uint64_t> amount_of(const std::string &path)
{
    const auto text = HostPaths{}.read(path);
    return text ? oom::parse_amount(*text) : std::nullopt;
}

std::optional<Pool> cgroup_pool(const oom::CgroupMount &mount, const std::string &path)
{
    const bool v2 = mount.kind == oom::TargetKind::cgroup_v2;
    const std::string folder = mount.folder + (path == "/" ? "" : path);
    auto limit = amount_of(folder + (v2 ? "/memory.max" : "/memory.limit_in_bytes"));
    std::string name = "memory cgroup " + path;
    // Above memory.high nothing is killed, but whoever allocates is made to wait for seconds at a time.
    const auto high = v2 ? amount_of(folder + "/memory.high") : std::nullopt;
    if (high && (!limit || *high < *limit)) {
        limit = high;
        name += " (memory.high)";
    }
    const auto usage = amount_of(folder + (v2 ? "/memory.current" : "/memory.usage_in_bytes"));
    if (!limit || !usage || *limit >= oom::SignalValues::no_limit)
        return std::nullopt;
    // Cache of files is given up before anybody is killed.
    const auto stat = HostPaths{}.read(folder + "/memory.stat").value_or("");
    const std::uint64_t cache = field(stat, v2 ? "inactive_file" : "total_inactive_file").value_or(0);
    const std::uint64_t used = *usage - std::min(*usage, cache);
    return Pool{std::move(name), *limit, *limit - std::min(*limit, used), true};
}

void add_pids_limits(const HostPaths &host, std::string_view own, std::vector<ProcessRoom> &to)
{
    const std::string v1 = v1_cgroup_path(own, "pids");
    for (const std::string &point : mount_points(host, v1.empty() ? "cgroup2" : "cgroup"))
        upwards(v1.empty() ? cgroup_path(own) : v1, [&](const std::string &path) {
            const std::string folder = host.at(point).string() + (path == "/" ? "" : path);
            const auto limit = amount_of(folder + "/pids.max");
            const auto used = amount_of(folder + "/pids.current");
            if (limit && used && *limit < oom::SignalValues::no_limit)
                to.push_back({"pids.max of cgroup " + path, *limit, *used});
        });
}

// Threads of this real user, as the kernel counts them for RLIMIT_NPROC.
std::uint64_t threads_of_user(const HostPaths &host, uid_t user)
{
    std::uint64_t sum = 0;
    std::error_code error;
    for (std::filesystem::directory_iterator at{host.at("/proc"), error}, end; !error && at != end;
         at.increment(error)) {
        const std::string name = at->path().filename().string();
        if (name.find_first_not_of("0123456789") != std::string::npos)
            continue;
        const auto status = host.read("/proc/" + name + "/status").value_or("");
        if (field(status, "Uid:") == user)
            sum += field(status, "Threads:").value_or(0);
    }
    return sum;
}

} // namespace

std::vector<Pool> memory_pools(const HostPaths &host)
{
    std::vector<Pool> pools;
    const std::string meminfo = host.read("/proc/meminfo").value_or("");
    const auto total = field(meminfo, "MemTotal:");
    const auto available = field(meminfo, "MemAvailable:");
    if (total && available)
        pools.push_back({"the machine (MemAvailable)", *total << 10, *available << 10, false});
    if (const auto mount = oom::memory_cgroups(host))
        upwards(memory_cgroup_path(host.read("/proc/self/cgroup").value_or("")),
                [&](const std::string &path) {
                    if (auto pool = cgroup_pool(*mount, path))
                        pools.push_back(std::move(*pool));
                });
    return pools;
}

std::vector<ProcessRoom> process_rooms(const HostPaths &host)
{
    std::vector<ProcessRoom> rooms;
    rlimit limit{};
    if (::getrlimit(RLIMIT_NPROC, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY)
        rooms.push_back({"RLIMIT_NPROC (ulimit -u)", limit.rlim_cur, threads_of_user(host, ::getuid())});
    add_pids_limits(host, host.read("/proc/self/cgroup").value_or(""), rooms);
    return rooms;
}

std::string memory_problem_before(const std::vector<Pool> &pools, std::uint64_t wanted, bool cgroups_too)
{
    for (const Pool &pool : pools)
        if ((cgroups_too || !pool.is_cgroup) && wanted + pool.reserve_before() > pool.available)
            return fmt::format(
                "not enough memory: up to {} are wanted, and {} of {} are left in {}, of which 5% of "
                "the size stay free: ask for less, or end what uses it",
                format_bytes(wanted), format_bytes(pool.available), format_bytes(pool.size), pool.name);
    return {};
}

std::string memory_problem_during(const std::vector<Pool> &pools, bool cgroups_too)
{
    for (const Pool &pool : pools)
        if ((cgroups_too || !pool.is_cgroup) && pool.available < pool.reserve_during())
            return fmt::format(
                "stopped: memory runs out, {} of {} are left in {}: ask for less, or end what uses it",
                format_bytes(pool.available), format_bytes(pool.size), pool.name);
    return {};
}

std::string process_problem(const std::vector<ProcessRoom> &rooms, std::uint64_t wanted)
{
    for (const ProcessRoom &room : rooms)
        if (room.used + wanted > room.limit)
            return fmt::format(
                "not enough processes: up to {} are wanted, and {} of {} are taken by {}: take fewer "
                "--workers, or raise the limit",
                wanted, room.used, room.limit, room.name);
    return {};
}

} // namespace memory_collector::lab
