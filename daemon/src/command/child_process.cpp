// SPDX-License-Identifier: GPL-2.0-only
#include "command/child_process.h"

#include "support/error.h"
#include "support/exec.h"

#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>

namespace memory_collector {

ChildProcess::ChildProcess(const std::vector<std::string> &command)
{
    // A failed exec says so through here; a good one closes it.
    Pipe answer = make_pipe();
    const ExecStrings arguments{command};
    pid_ = ::fork();
    if (pid_ < 0)
        throw Error("cannot fork: " + error_text(errno));
    if (pid_ == 0) {
        signals_of_a_new_program();
        ::execvp(arguments.program(), arguments.get());
        const int error = errno;
        if (::write(answer.to.get(), &error, sizeof(error)) != sizeof(error))
            ::_exit(126);
        ::_exit(127);
    }
    answer.to.reset();
    int error = 0;
    ssize_t size = 0;
    do
        size = ::read(answer.from.get(), &error, sizeof(error));
    while (size < 0 && errno == EINTR);
    if (size == sizeof(error)) {
        ::waitpid(pid_, nullptr, 0);
        pid_ = -1;
        throw Error("cannot execute '" + command[0] + "': " + error_text(error));
    }
}

ChildProcess::~ChildProcess()
{
    if (pid_ < 0 || ended())
        return;
    ::kill(pid_, SIGTERM);
    // Not waited for: it may take its time, and the report must not.
}

std::optional<int> ChildProcess::ended()
{
    int status = 0;
    if (!status_ && ::waitpid(pid_, &status, WNOHANG) == pid_)
        status_ = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
    return status_;
}

} // namespace memory_collector
