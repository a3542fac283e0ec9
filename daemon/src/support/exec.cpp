// SPDX-License-Identifier: GPL-2.0-only
#include "support/exec.h"

#include "support/error.h"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <utility>

namespace memory_collector {

Pipe make_pipe()
{
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0)
        throw Error("cannot make a pipe: " + error_text(errno));
    return {UniqueFd{ends[0]}, UniqueFd{ends[1]}};
}

ExecStrings::ExecStrings(std::vector<std::string> texts) : texts_(std::move(texts))
{
    pointers_.reserve(texts_.size() + 1);
    for (std::string &text : texts_)
        pointers_.push_back(text.data());
    pointers_.push_back(nullptr);
}

void signals_of_a_new_program()
{
    sigset_t none;
    ::sigemptyset(&none);
    ::sigprocmask(SIG_SETMASK, &none, nullptr);
    ::signal(SIGPIPE, SIG_DFL);
}

} // namespace memory_collector
