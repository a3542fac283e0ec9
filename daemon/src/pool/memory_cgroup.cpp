// SPDX-License-Identifier: GPL-2.0-only
#include "pool/memory_cgroup.h"

#include "host/host_paths.h"
#include "oom/cgroup_tree.h"
#include "support/error.h"
#include "support/files.h"
#include "support/sysfs_file.h"
#include "support/until_free.h"
#include "support/words.h"

#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>

namespace memory_collector::pool {

namespace {

constexpr std::string_view beginning = "memory-collector-pool-";

bool has_word(std::string_view text, std::string_view wanted)
{
    for (std::string_view word = next_word(text); !word.empty(); word = next_word(text))
        if (word == wanted)
            return true;
    return false;
}

bool exists(const std::string &path)
{
    return ::access(path.c_str(), F_OK) == 0;
}

std::string why(int error)
{
    return error_text(error) + (error == EACCES || error == EPERM ? "; run as root"
                                : error == EROFS ? "; the hierarchy is mounted read-only, as in a container"
                                                 : "");
}

void set(const std::string &folder, std::string_view file, const std::string &value)
{
    if (const int error = write_sysfs(folder + "/" + std::string{file}, value); error != 0)
        throw Error("the memory cgroup " + folder + " does not take " + value + " as its " +
                    std::string{file} + ": " + why(error));
}

} // namespace

HolderState plan_cgroup()
{
    const auto mount = oom::memory_cgroups({});
    if (!mount)
        throw Error("no hierarchy of memory cgroups is mounted here; mount -t cgroup2 none /sys/fs/cgroup");
    HolderState holder;
    holder.cgroup = mount->folder + "/" + std::string{beginning} + std::to_string(::getpid());
    const std::string controllers = mount->folder + "/cgroup.subtree_control";
    if (mount->kind == oom::TargetKind::cgroup_v2 && !has_word(read_file(controllers), "memory"))
        holder.controller = controllers;
    return holder;
}

void make_cgroup(const HolderState &holder, std::uint64_t limit_bytes)
{
    if (!holder.controller.empty())
        if (const int error = write_sysfs(holder.controller, "+memory"); error != 0)
            throw Error("cannot switch on memory cgroups (" + holder.controller + "): " + why(error));
    if (::mkdir(holder.cgroup.c_str(), 0755) != 0)
        throw Error("cannot make the memory cgroup " + holder.cgroup + ": " + why(errno));
    const std::string limit = std::to_string(limit_bytes);
    if (exists(holder.cgroup + "/memory.max"))
        set(holder.cgroup, "memory.max", limit);
    else
        set(holder.cgroup, "memory.limit_in_bytes", limit);
    // Else zswap, where it is on, keeps the pages, and few come to a device.
    if (exists(holder.cgroup + "/memory.zswap.max"))
        set(holder.cgroup, "memory.zswap.max", "0");
    else if (trimmed(read_file("/sys/module/zswap/parameters/enabled")) == "Y")
        throw Error("zswap is on, and takes pages before they come to a swap area; "
                    "echo N >/sys/module/zswap/parameters/enabled");
}

int join_cgroup(const HolderState &holder)
{
    return write_sysfs(holder.cgroup + "/cgroup.procs", "0");
}

void remove_cgroup(const HolderState &holder)
{
    // What stands in a file is not to name just any folder.
    if (std::filesystem::path{holder.cgroup}.filename().string().starts_with(beginning)) {
        const int error = until_free([&] {
            std::string members = read_file(holder.cgroup + "/cgroup.procs");
            for (std::string_view text = members; !text.empty();)
                if (const auto pid = whole<pid_t>(next_line(text)))
                    if (const auto id = process_id(*pid))
                        end_process(*id);
            return ::rmdir(holder.cgroup.c_str()) == 0 ? 0 : errno;
        });
        if (error != 0 && error != ENOENT)
            throw Error("cannot remove the memory cgroup " + holder.cgroup + ": " + why(error) +
                        "; end what is in its cgroup.procs, then remove it by rmdir");
    }
    // It stays on where others use it by now.
    if (holder.controller.ends_with("/cgroup.subtree_control"))
        write_sysfs(holder.controller, "-memory");
}

} // namespace memory_collector::pool
