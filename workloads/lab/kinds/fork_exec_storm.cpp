// SPDX-License-Identifier: GPL-2.0-only
//
// Processes that become another program.
#include "lab/child.h"
#include "lab/kinds/kinds.h"
#include "support/error.h"
#include "support/exec.h"

#include <spdlog/fmt/fmt.h>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>

namespace memory_collector::lab {

namespace {

class ForkExecStorm : public Workload {
public:
    void add_options(Options &options) override
    {
        options.number("--fork-rate", fork_rate_, {1, 500, Unit::count},
                       "forks a second, all workers together");
        options.text("--exec-path", exec_path_, "the program, which gets no arguments");
    }
    void check(const CommonOptions &) const override
    {
        struct stat about {};
        if (::stat(exec_path_.c_str(), &about) != 0)
            throw UsageError(fmt::format("--exec-path: {}: {}", exec_path_, error_text(errno)));
        if (!S_ISREG(about.st_mode) || ::access(exec_path_.c_str(), X_OK) != 0)
            throw UsageError(fmt::format(
                "--exec-path: {} is not a program that you may execute: give the path of one", exec_path_));
    }
    Uses uses() const override { return {.contents = false}; }
    Needs needs(const CommonOptions &common) const override { return {.processes = common.workers}; }

    void prepare(Worker &) override { null_.reset(::open("/dev/null", O_RDWR | O_CLOEXEC)); }

    void work(Worker &worker) override
    {
        const auto child = [&] {
            // What it prints is no part of our result.
            ::dup2(null_.get(), STDIN_FILENO);
            ::dup2(null_.get(), STDOUT_FILENO);
            signals_of_a_new_program();
            const std::array<char *, 2> arguments{exec_path_.data(), nullptr};
            // Counted before: afterwards there is nobody left to do it.
            worker.counts().execs++;
            ::execv(exec_path_.c_str(), arguments.data());
            worker.counts().execs--;
            worker.counts().exec_failures++;
            return 127;
        };
        run_children(worker, fork_rate_, child);
    }

    std::optional<Goal> goal(const CommonOptions &common, const Counts &sum,
                             std::uint64_t until_ns) const override
    {
        return rate_goal("execs", fork_rate_, common, sum.execs, until_ns);
    }

private:
    std::uint64_t fork_rate_ = 10;
    std::string exec_path_ = "/bin/true";
    UniqueFd null_;
};

} // namespace

std::unique_ptr<Workload> make_fork_exec_storm()
{
    return std::make_unique<ForkExecStorm>();
}

} // namespace memory_collector::lab
