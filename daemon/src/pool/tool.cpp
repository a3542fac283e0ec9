// SPDX-License-Identifier: GPL-2.0-only
#include "pool/tool.h"

#include "support/error.h"
#include "support/exec.h"
#include "support/text.h"

#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <string_view>

namespace memory_collector::pool {

namespace {

constexpr int no_such_program = 127;
constexpr std::size_t most_said = 1000;

std::string path_with_sbin()
{
    const char *const path = std::getenv("PATH");
    return std::string{path == nullptr ? "/usr/bin:/bin" : path} + ":/usr/sbin:/sbin";
}

[[noreturn]] void become(const ExecStrings &arguments, const char *path, int output, pid_t parent)
{
    signals_of_a_new_program();
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    // It may have ended before.
    if (::getppid() != parent)
        ::_exit(1);
    ::dup2(output, STDOUT_FILENO);
    ::dup2(output, STDERR_FILENO);
    ::setenv("PATH", path, 1);
    ::setenv("LC_ALL", "C", 1);
    ::execvp(arguments.program(), arguments.get());
    ::_exit(no_such_program);
}

} // namespace

void run_tool(const std::vector<std::string> &command, const std::string &package)
{
    Pipe output = make_pipe();
    const ExecStrings arguments{command};
    const std::string path = path_with_sbin();
    const pid_t self = ::getpid();
    const pid_t child = ::fork();
    if (child < 0)
        throw Error("cannot fork: " + error_text(errno));
    if (child == 0)
        become(arguments, path.c_str(), output.to.get(), self);
    output.to.reset();
    std::string said;
    std::array<char, 512> buffer{};
    for (ssize_t size = 1; size != 0;) {
        size = ::read(output.from.get(), buffer.data(), buffer.size());
        if (size < 0 && errno != EINTR)
            break;
        if (size > 0 && said.size() < most_said)
            said.append(buffer.data(), static_cast<std::size_t>(size));
    }
    int status = 0;
    while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
    }
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
        return;
    if (WIFEXITED(status) && WEXITSTATUS(status) == no_such_program)
        throw Error("there is no program " + command[0] + "; install it: apt-get install " + package);
    std::string line;
    for (const std::string &word : command)
        line += (line.empty() ? "" : " ") + word;
    while (!said.empty() && said.back() == '\n')
        said.pop_back();
    throw Error("'" + line + "' failed: " + printable(said));
}

} // namespace memory_collector::pool
