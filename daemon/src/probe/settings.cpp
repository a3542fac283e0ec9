// SPDX-License-Identifier: GPL-2.0-only
#include "probe/settings.h"

#include "host/mounts.h"
#include "support/error.h"

#include <linux/magic.h>
#include <sys/stat.h>
#include <sys/statfs.h>

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace memory_collector::probe {

mc_probe_filter kernel_filter(const Settings &settings)
{
    struct stat own_namespace {};
    if (::stat("/proc/self/ns/pid", &own_namespace) != 0)
        throw Error("cannot look at /proc/self/ns/pid: " + error_text(errno) +
                    "; mount /proc: mount -t proc proc /proc");
    mc_probe_filter filter{};
    filter.own_ns_dev = own_namespace.st_dev;
    filter.own_ns_inode = own_namespace.st_ino;
    filter.own_pid = static_cast<std::uint32_t>(::getpid());
    filter.pid = settings.pid;
    filter.by_comm = settings.comm.empty() ? 0 : 1;
    filter.by_cgroup = settings.cgroup.empty() ? 0 : 1;
    filter.trace_pipe = settings.trace_pipe ? 1 : 0;
    filter.summary = settings.summary ? 1 : 0;
    settings.comm.copy(filter.comm, sizeof(filter.comm) - 1);
    return filter;
}

UniqueFd open_cgroup(const std::string &name)
{
    const auto points = mount_points(HostPaths{}, "cgroup2");
    const auto opened = [](const std::string &path) {
        UniqueFd fd{::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
        struct statfs status {};
        if (fd && (::fstatfs(fd.get(), &status) != 0 || status.f_type != CGROUP2_SUPER_MAGIC)) {
            fd.reset();
            errno = EMEDIUMTYPE;
        }
        return fd;
    };
    UniqueFd fd = opened(name);
    const int error = errno;
    for (auto point = points.begin(); !fd && point != points.end(); ++point)
        fd = opened(*point + "/" + name);
    if (fd)
        return fd;
    const std::string where = points.empty() ? "none is mounted here: mount -t cgroup2 none /sys/fs/cgroup"
                                             : "name one below " + points.front() +
                                                   ", such as the path in the line 0:: of /proc/PID/cgroup";
    throw OptionError("cgroup", "'" + name + "' is no cgroup of the v2 hierarchy" +
                                    (error == EMEDIUMTYPE ? "" : " (" + error_text(error) + ")") + "; " +
                                    where);
}

} // namespace memory_collector::probe
