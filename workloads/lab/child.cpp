// SPDX-License-Identifier: GPL-2.0-only
#include "lab/child.h"

#include "support/error.h"

#include <spdlog/fmt/fmt.h>

#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>

namespace memory_collector::lab {

namespace {

// SIGCHLD and SIGTERM are blocked in workers, so neither can come unseen between the two calls.
void wait_a_while()
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGCHLD);
    sigaddset(&set, SIGTERM);
    const timespec most{0, 100'000'000};
    ::sigtimedwait(&set, nullptr, &most);
}

bool ended_well(Worker &worker, pid_t child)
{
    int status = 0;
    bool cut_off = false;
    while (true) {
        const pid_t ended = ::waitpid(child, &status, cut_off ? 0 : WNOHANG);
        if (ended == child)
            break;
        if (ended < 0 && errno != EINTR)
            return false;
        if (ended != 0)
            continue;
        if (worker.over()) {
            ::kill(child, SIGKILL);
            cut_off = true;
        } else {
            wait_a_while();
        }
    }
    worker.counts().children_reaped++;
    if (cut_off && WIFSIGNALED(status))
        worker.counts().children_cut_off++;
    else if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
        worker.counts().children_failed++;
    else
        return true;
    return !cut_off;
}

} // namespace

bool die_with_parent(pid_t parent)
{
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    // It may have ended before the kernel was told.
    return ::getppid() == parent;
}

bool run_child(Worker &worker, const std::function<int()> &act)
{
    const pid_t self = ::getpid();
    const pid_t child = ::fork();
    if (child == 0)
        ::_exit(die_with_parent(self) ? act() : 1);
    if (child < 0) {
        if (worker.counts().fork_failures++ == 0)
            worker.tally().set_problem(
                fmt::format("fork failed: {} (see ulimit -u and pids.max of the cgroup)", error_text(errno)));
        return true;
    }
    worker.counts().forks++;
    return ended_well(worker, child);
}

void run_children(Worker &worker, std::uint64_t per_second, const std::function<int()> &act)
{
    worker.paced(Schedule{per_second, worker.common().duration_ns, worker.common().workers},
                 [&](std::uint64_t count) {
                     for (std::uint64_t i = 0; i < count; i++)
                         if (!run_child(worker, act))
                             return i;
                     return count;
                 });
}

} // namespace memory_collector::lab
