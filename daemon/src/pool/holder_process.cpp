// SPDX-License-Identifier: GPL-2.0-only
//
// What the holder itself does: the side after the fork.
#include "pool/holder_process.h"

#include "pool/contents.h"
#include "pool/memory_cgroup.h"
#include "support/sysfs_file.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <span>
#include <utility>

namespace memory_collector::pool {

namespace {

// Neither the lock nor a pipe that somebody reads to its end stays open in it.
void close_all_but(int first, int second)
{
    const auto low = static_cast<unsigned>(std::min(first, second));
    const auto high = static_cast<unsigned>(std::max(first, second));
    ::close_range(3, low - 1, 0);
    if (high - low > 1)
        ::close_range(low + 1, high - 1, 0);
    ::close_range(high + 1, ~0U, 0);
    const int null = ::open("/dev/null", O_RDWR);
    for (int fd = 0; fd < 3 && null >= 0; fd++)
        ::dup2(null, fd);
    if (null > 2)
        ::close(null);
}

void default_signals()
{
    for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGCHLD, SIGPIPE})
        ::signal(signal, SIG_DFL);
    sigset_t none;
    ::sigemptyset(&none);
    ::sigprocmask(SIG_SETMASK, &none, nullptr);
}

HolderAnswer fill(const HolderState &holder)
{
    if (const int error = join_cgroup(holder); error != 0)
        return {0, error};
    // If memory runs out, this is what can go.
    write_sysfs("/proc/self/oom_score_adj", "1000");
    void *const area = ::mmap(nullptr, holder.bytes, PROT_READ | PROT_WRITE,
                              MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (area == MAP_FAILED)
        return {0, errno};
    // Page by page: huge pages would be split on their way out.
    ::madvise(area, holder.bytes, MADV_NOHUGEPAGE);
    ::madvise(area, holder.bytes, MADV_DONTDUMP);
    const auto page = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
    const std::span<std::byte> bytes{static_cast<std::byte *>(area), holder.bytes};
    for (std::uint64_t i = 0; i < holder.bytes / page; i++)
        fill_page(bytes.subspan(i * page, page), i, holder.seed);
    return {reinterpret_cast<std::uint64_t>(area), 0};
}

} // namespace

[[noreturn]] void be_holder(const HolderState &holder, int orders, int answers)
{
    default_signals();
    close_all_but(orders, answers);
    // It belongs to no terminal: Ctrl-C there is not for it.
    ::setsid();
    ::prctl(PR_SET_NAME, "pool-holder");
    if (::chdir("/") != 0)
        ::_exit(1);
    // Its order comes when it is written down that it is there; if none comes, nobody knows of it.
    char order = 0;
    if (::read(orders, &order, 1) != 1)
        ::_exit(1);
    const HolderAnswer answer = fill(holder);
    if (::write(answers, &answer, sizeof(answer)) != sizeof(answer) || answer.error != 0)
        ::_exit(1);
    ::close(orders);
    ::close(answers);
    while (true)
        ::pause();
}

} // namespace memory_collector::pool
