// SPDX-License-Identifier: GPL-2.0-only
#include "source/instance_lock.h"

#include "support/error.h"
#include "support/text.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>

namespace memory_collector {

namespace {

std::string read_small(int fd)
{
    std::array<char, 128> text{};
    const ssize_t size = ::pread(fd, text.data(), text.size(), 0);
    std::string out{text.data(), static_cast<std::size_t>(size > 0 ? size : 0)};
    while (!out.empty() && out.back() == '\n')
        out.pop_back();
    return out;
}

std::string own_comm()
{
    const UniqueFd fd{::open("/proc/self/comm", O_RDONLY | O_CLOEXEC)};
    return fd ? read_small(fd.get()) : "memory-collector";
}

} // namespace

InstanceLock::InstanceLock(const std::string &path)
    : fd_(::open(path.c_str(), O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600))
{
    if (!fd_) {
        const int error = errno;
        throw Error("cannot open the lock '" + path + "': " + error_text(error) +
                    (error == EACCES || error == EPERM
                         ? "; run as root, or make it yours (as root: touch " + path + " && chown USER " +
                               path + "; tmpfiles.d does it for the service)"
                         : "; remove what is in its place"));
    }
    struct stat status {};
    if (::fstat(fd_.get(), &status) != 0 || !S_ISREG(status.st_mode))
        throw Error("the lock '" + path + "' is no regular file; remove what is in its place");
    if (::flock(fd_.get(), LOCK_EX | LOCK_NB) != 0) {
        const std::string holder = printable(read_small(fd_.get()));
        throw Error("another memory-collector is measuring: " +
                    (holder.empty() ? "it holds '" + path + "'" : "pid " + holder) +
                    "; stop it first, there can be one at a time");
    }
    const std::string text = std::to_string(::getpid()) + " (" + own_comm() + ")\n";
    if (::ftruncate(fd_.get(), 0) != 0 ||
        ::pwrite(fd_.get(), text.data(), text.size(), 0) != static_cast<ssize_t>(text.size()))
        throw Error("cannot write the lock '" + path + "': " + error_text(errno));
}

} // namespace memory_collector
