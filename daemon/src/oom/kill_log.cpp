// SPDX-License-Identifier: GPL-2.0-only
#include "oom/kill_log.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <string_view>

namespace memory_collector::oom {

namespace {

// The rest is for the next time.
constexpr int most_at_once = 1000;

} // namespace

KillLog::KillLog() : fd_(::open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC))
{
    if (fd_ && ::lseek(fd_.get(), 0, SEEK_END) < 0)
        fd_.reset();
}

void KillLog::read(const std::function<void(const KillRecord &)> &tell)
{
    // A record at a time; the kernel's are shorter than this.
    std::array<char, 8192> record{};
    for (int records = 0; fd_ && records < most_at_once; records++) {
        const ssize_t size = ::read(fd_.get(), record.data(), record.size());
        // EPIPE: some were overwritten before they were read; the next is there.
        if (size < 0 && (errno == EINTR || errno == EPIPE || errno == EINVAL))
            continue;
        if (size <= 0)
            break;
        const auto kill = parse_kill(std::string_view{record.data(), static_cast<std::size_t>(size)});
        if (!kill)
            continue;
        // "oom-kill:" comes before "Killed process".
        if (!kill->cgroup && last_ == kill->pid) {
            last_.reset();
            continue;
        }
        if (kill->cgroup)
            last_ = kill->pid;
        tell(*kill);
    }
}

} // namespace memory_collector::oom
