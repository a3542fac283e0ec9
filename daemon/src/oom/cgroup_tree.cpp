// SPDX-License-Identifier: GPL-2.0-only
#include "oom/cgroup_tree.h"

#include "host/mounts.h"
#include "oom/parse.h"
#include "support/files.h"

#include <dirent.h>

#include <algorithm>
#include <charconv>
#include <memory>
#include <string_view>

namespace memory_collector::oom {

namespace {

constexpr std::size_t most_looked_at = 20'000;
constexpr int most_depth = 64;

struct CloseFolder {
    void operator()(DIR *folder) const { ::closedir(folder); }
};

bool is_limited(const CgroupMount &mount, const std::string &path)
{
    const char *const name = mount.kind == TargetKind::cgroup_v2 ? "/memory.max" : "/memory.limit_in_bytes";
    const auto limit = parse_amount(read_file(mount.folder + path + name));
    return limit && *limit < SignalValues::no_limit;
}

// Calls visit(path) for a cgroup and all below it, until it says false.
template <typename Visit>
bool walk(const CgroupMount &mount, const std::string &path, int depth, Visit &&visit)
{
    if (!visit(path))
        return false;
    if (depth == most_depth)
        return true;
    const std::unique_ptr<DIR, CloseFolder> folder{::opendir((mount.folder + path).c_str())};
    std::vector<std::string> children;
    while (folder) {
        const dirent *const entry = ::readdir(folder.get()); // NOLINT(concurrency-mt-unsafe): one thread each
        if (entry == nullptr)
            break;
        const std::string_view name{entry->d_name};
        if (entry->d_type == DT_DIR && name != "." && name != "..")
            children.push_back((path == "/" ? "" : path) + "/" + std::string{name});
    }
    std::sort(children.begin(), children.end());
    for (const std::string &child : children)
        if (!walk(mount, child, depth + 1, visit))
            return false;
    return true;
}

} // namespace

std::optional<CgroupMount> memory_cgroups(const HostPaths &host)
{
    for (const std::string &point : mount_points(host, "cgroup2")) {
        const std::string controllers = read_file(host.at(point + "/cgroup.controllers"));
        if ((" " + std::string{trimmed(controllers)} + " ").find(" memory ") != std::string::npos)
            return CgroupMount{TargetKind::cgroup_v2, host.at(point)};
    }
    for (const std::string &point : mount_points(host, "cgroup"))
        if (host.exists(point + "/memory.limit_in_bytes"))
            return CgroupMount{TargetKind::cgroup_v1, host.at(point)};
    return std::nullopt;
}

LimitedCgroups limited_cgroups(const CgroupMount &mount, const std::string &below)
{
    LimitedCgroups found;
    std::size_t seen = 0;
    walk(mount, below, 0, [&](const std::string &path) {
        if (seen++ == most_looked_at) {
            found.cut_off = true;
            return false;
        }
        if (is_limited(mount, path))
            found.paths.push_back(path);
        return true;
    });
    return found;
}

std::optional<std::string> nearest_limited(const CgroupMount &mount, std::string path)
{
    while (true) {
        if (is_limited(mount, path))
            return path;
        if (path == "/" || path.empty())
            return std::nullopt;
        const std::size_t slash = path.rfind('/');
        path = slash == 0 || slash == std::string::npos ? "/" : path.substr(0, slash);
    }
}

void processes_below(const CgroupMount &mount, const std::string &path, std::size_t most,
                     std::vector<std::uint32_t> &to)
{
    to.clear();
    walk(mount, path, 0, [&](const std::string &cgroup) {
        const std::string text = read_file(mount.folder + cgroup + "/cgroup.procs");
        const char *at = text.data();
        const char *const end = at + text.size();
        while (at < end && to.size() < most) {
            std::uint32_t pid = 0;
            const auto [rest, error] = std::from_chars(at, end, pid);
            // Those of another pid namespace are 0.
            if (error == std::errc{} && pid != 0)
                to.push_back(pid);
            at = std::find(rest, end, '\n');
            at += at < end ? 1 : 0;
        }
        return to.size() < most;
    });
    std::sort(to.begin(), to.end());
    to.erase(std::unique(to.begin(), to.end()), to.end());
}

} // namespace memory_collector::oom
