// SPDX-License-Identifier: GPL-2.0-only
//
// How programs of ours end, and what those that they begin are given.
#include "support/error.h"
#include "support/exec.h"
#include "support/exit_code.h"

#include <gtest/gtest.h>

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <new>

namespace memory_collector {
namespace {

TEST(ExitCode, IsOfWhatWasThrown)
{
    EXPECT_EQ(exit_code_of([] { return 42; }), 42);
    EXPECT_EQ(exit_code_of([]() -> int { throw OptionError("interval", "is too short"); }), exit_usage);
    EXPECT_EQ(exit_code_of([]() -> int { throw Error("no memory"); }), exit_failed);
    EXPECT_EQ(exit_code_of([]() -> int { throw std::bad_alloc{}; }), exit_failed);
}

TEST(Exec, StringsEndWithNull)
{
    const ExecStrings command{{"program", "", "two words"}};
    EXPECT_STREQ(command.program(), "program");
    EXPECT_STREQ(command.get()[1], "");
    EXPECT_STREQ(command.get()[2], "two words");
    EXPECT_EQ(command.get()[3], nullptr);
    EXPECT_EQ(ExecStrings{{}}.get()[0], nullptr);
}

TEST(Exec, PipesEndWithExec)
{
    Pipe pipe = make_pipe();
    for (const int fd : {pipe.from.get(), pipe.to.get()})
        EXPECT_EQ(::fcntl(fd, F_GETFD), FD_CLOEXEC);
    ASSERT_EQ(::write(pipe.to.get(), "x", 1), 1);
    pipe.to.reset();
    std::array<char, 2> read{};
    EXPECT_EQ(::read(pipe.from.get(), read.data(), read.size()), 1);
    EXPECT_EQ(::read(pipe.from.get(), read.data(), read.size()), 0);
}

// In a child, whose own signals they are.
TEST(Exec, SignalsAreAsAProgramExpectsThem)
{
    const pid_t child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
        sigset_t all;
        ::sigfillset(&all);
        ::sigprocmask(SIG_SETMASK, &all, nullptr);
        ::signal(SIGPIPE, SIG_IGN);
        signals_of_a_new_program();
        ::raise(SIGPIPE);
        ::_exit(1);
    }
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    EXPECT_TRUE(WIFSIGNALED(status));
    EXPECT_EQ(WTERMSIG(status), SIGPIPE);
}

} // namespace
} // namespace memory_collector
