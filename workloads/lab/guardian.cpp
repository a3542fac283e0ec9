// SPDX-License-Identifier: GPL-2.0-only
#include "lab/guardian.h"

#include "lab/oom_score.h"
#include "support/error.h"
#include "support/exit_code.h"
#include "support/files.h"
#include "support/signals.h"

#include <spdlog/spdlog.h>

#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <csignal>
#include <cstdio>
#include <filesystem>
#include <string>
#include <string_view>

namespace memory_collector::lab {

namespace {

// The parent's pid in the text of /proc/PID/stat: behind the name, which may hold anything.
pid_t parent_in(std::string_view stat)
{
    const std::size_t name_end = stat.rfind(')');
    pid_t parent = 0;
    if (name_end != std::string_view::npos && stat.size() > name_end + 4)
        std::from_chars(stat.data() + name_end + 4, stat.data() + stat.size(), parent);
    return parent;
}

void kill_children()
{
    std::error_code error;
    for (std::filesystem::directory_iterator at{"/proc", error}, end; !error && at != end;
         at.increment(error)) {
        const std::string name = at->path().filename().string();
        pid_t pid = 0;
        const auto [rest, bad] = std::from_chars(name.data(), name.data() + name.size(), pid);
        if (bad != std::errc{} || *rest != '\0')
            continue;
        if (parent_in(read_file("/proc/" + name + "/stat", 4096)) == ::getpid())
            ::kill(pid, SIGKILL);
    }
}

int keep(pid_t front, const std::function<int()> &run)
{
    // SIGTERM is what Ctrl-C is: an orderly end, with all of its children reaped.
    ::prctl(PR_SET_PDEATHSIG, SIGTERM);
    ::prctl(PR_SET_CHILD_SUBREAPER, 1);
    if (::getppid() != front)
        return 1;
    const int status = exit_code_of(run);
    end_descendants();
    return status;
}

} // namespace

void end_descendants()
{
    while (true) {
        kill_children();
        // The children of what has been killed are ours now.
        while (::waitpid(-1, nullptr, WNOHANG) > 0) {
        }
        siginfo_t about{};
        if (::waitid(P_ALL, 0, &about, WEXITED | WNOWAIT | WNOHANG) != 0 && errno == ECHILD)
            return;
        ::usleep(1000);
    }
}

int guarded(const std::function<int()> &run)
{
    ::prctl(PR_SET_CHILD_SUBREAPER, 1);
    set_own_oom_score_adj(oom_score_never);
    // From here on nothing that ends us comes between two steps.
    Signals signals;
    const pid_t front = ::getpid();
    std::fflush(nullptr);
    const pid_t keeper = ::fork();
    if (keeper < 0)
        throw Error("cannot fork: " + error_text(errno) + " (see ulimit -u)");
    if (keeper == 0) {
        const int status = keep(front, run);
        std::fflush(nullptr);
        ::_exit(status);
    }
    int status = 0;
    while (::waitpid(keeper, &status, WNOHANG) == 0)
        if (const int stop = stop_signal(signals.wait(1'000'000'000)); stop != 0)
            ::kill(keeper, stop);
    end_descendants();
    if (WIFEXITED(status))
        return WEXITSTATUS(status);
    spdlog::error("the process that kept the workers was killed by signal {}; all of them were ended",
                  WTERMSIG(status));
    return 1;
}

} // namespace memory_collector::lab
