// SPDX-License-Identifier: GPL-2.0-only
#include "lab/tools/tool_process.h"

#include "lab/child.h"
#include "lab/guardian.h"
#include "lab/guardrails.h"
#include "lab/oom_score.h"
#include "support/clock.h"
#include "support/error.h"
#include "support/exec.h"
#include "support/fd.h"
#include "support/files.h"

#include <spdlog/fmt/fmt.h>

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>

namespace memory_collector::lab {

namespace {

// As much of what it prints is kept.
constexpr std::size_t most_output = 4 << 20;

UniqueFd memory_file(const char *name)
{
    UniqueFd file{::memfd_create(name, MFD_CLOEXEC)};
    if (!file)
        throw Error("cannot make a file in memory: " + error_text(errno));
    return file;
}

std::string text_of(const UniqueFd &file)
{
    return read_file("/proc/self/fd/" + std::to_string(file.get()), most_output);
}

// In the child; returns only if the program cannot be executed.
void become(const ToolRun &run, const ExecStrings &arguments, int output, int errors,
            std::uint64_t most_bytes)
{
    const int null = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
    ::dup2(null, STDIN_FILENO);
    ::dup2(output, STDOUT_FILENO);
    ::dup2(errors, STDERR_FILENO);
    signals_of_a_new_program();
    const rlimit no_core{0, 0};
    ::setrlimit(RLIMIT_CORE, &no_core);
    const rlimit file_size{most_bytes, most_bytes};
    ::setrlimit(RLIMIT_FSIZE, &file_size);
    if (!run.folder.empty() && ::chdir(run.folder.c_str()) != 0)
        return;
    for (const std::string &setting : run.environment) {
        const std::size_t equals = setting.find('=');
        ::setenv(setting.substr(0, equals).c_str(), setting.c_str() + equals + 1, 1);
    }
    ::execvp(arguments.program(), arguments.get());
}

} // namespace

ToolOutcome run_tool(const ToolRun &run, std::uint64_t most_ns, std::uint64_t most_bytes)
{
    Signals signals;
    const UniqueFd output = memory_file("output");
    const UniqueFd errors = memory_file("errors");
    const ExecStrings arguments{run.command};
    const std::uint64_t begin = monotonic_ns();
    const pid_t keeper = ::getpid();
    const pid_t child = ::fork();
    if (child < 0)
        throw Error("cannot fork: " + error_text(errno) + " (see ulimit -u)");
    if (child == 0) {
        set_own_oom_score_adj(oom_score_first);
        if (die_with_parent(keeper))
            become(run, arguments, output.get(), errors.get(), most_bytes);
        ::dprintf(errors.get(), "cannot execute %s: %s\n", run.command[0].c_str(), std::strerror(errno));
        ::_exit(126);
    }
    ToolOutcome outcome;
    int status = 0;
    pid_t ended = 0;
    while ((ended = ::waitpid(child, &status, WNOHANG)) == 0) {
        const int signal = stop_signal(signals.wait(100 * ns_per_ms));
        if (signal != 0) {
            outcome.stop_signal = signal;
            break;
        }
        if (monotonic_ns() - begin > most_ns)
            outcome.problem =
                fmt::format("{} did not end within {} s and was ended", run.command[0], most_ns / ns_per_s);
        else
            outcome.problem = memory_problem_during(memory_pools(HostPaths{}), true);
        if (!outcome.problem.empty())
            break;
    }
    outcome.elapsed_s = static_cast<double>(monotonic_ns() - begin) / static_cast<double>(ns_per_s);
    end_descendants();
    if (ended == child)
        outcome.status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    outcome.output = text_of(output);
    outcome.errors = text_of(errors);
    return outcome;
}

} // namespace memory_collector::lab
