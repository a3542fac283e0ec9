// SPDX-License-Identifier: GPL-2.0-only
//
// A workload as a command: options, guardrails, the run, the result.
#include "lab/workload_command.h"

#include "lab/guardian.h"
#include "lab/guardrails.h"
#include "lab/oom_score.h"
#include "lab/result.h"
#include "lab/supervisor.h"
#include "support/error.h"

#include <CLI/CLI.hpp>
#include <spdlog/spdlog.h>

#include <optional>

namespace memory_collector::lab {

namespace {

// What a process costs beside what it writes: page tables, stack, libc. Measured: 0.2 to 0.4 MiB.
constexpr std::uint64_t process_bytes = 512ull << 10;

class WorkloadCommand : public LabCommand {
public:
    explicit WorkloadCommand(const WorkloadEntry &entry) : name_(entry.name), workload_(entry.make()) {}

    void add_options(CLI::App &app) override
    {
        options_.emplace(app);
        workload_->add_options(*options_);
        common_.add(*options_);
    }

    int execute() override
    {
        common_.check();
        workload_->check(common_);
        warn_of_what_has_no_effect();
        refuse_if_short();
        // Whom the kernel takes is what --allow-oom is about: there workers are as any other process.
        const int oom_score_adj = workload_->may_meet_limit() ? own_oom_score_adj() : oom_score_first;
        return guarded([this, oom_score_adj] { return run(oom_score_adj); });
    }

private:
    bool given(const char *option) const { return options_->given(option); }

    void warn_of_what_has_no_effect() const
    {
        const Uses uses = workload_->uses();
        if (!uses.contents && given("--entropy"))
            spdlog::warn("{} writes no contents: --entropy has no effect", name_);
        if (!uses.hot_share && (given("--hot-share") || given("--hot-access-share")))
            spdlog::warn("{} has no hot and cold pages: --hot-share and --hot-access-share have no effect",
                         name_);
    }

    void refuse_if_short() const
    {
        const Needs needs = workload_->needs(common_);
        // The workers, what they fork, and the keeper.
        const std::uint64_t processes = common_.workers + needs.processes + 1;
        std::string problem = memory_problem_before(
            memory_pools(HostPaths{}), needs.bytes + processes * process_bytes, !workload_->may_meet_limit());
        if (problem.empty())
            problem = process_problem(process_rooms(HostPaths{}), processes);
        if (!problem.empty())
            throw Error(problem);
    }

    int run(int oom_score_adj)
    {
        const Outcome outcome = supervise(name_, *workload_, common_, options_->json(), oom_score_adj);
        print_all(common_.json ? outcome.json.dump(2) + "\n" : result_text(outcome.json));
        for (const std::string &problem : outcome.problems)
            spdlog::error("{}", problem);
        if (outcome.stop_signal != 0)
            return exit_signal + outcome.stop_signal;
        return outcome.problems.empty() ? exit_done : exit_failed;
    }

    std::string name_;
    std::unique_ptr<Workload> workload_;
    CommonOptions common_;
    std::optional<Options> options_;
};

} // namespace

std::unique_ptr<LabCommand> make_workload_command(const WorkloadEntry &entry)
{
    return std::make_unique<WorkloadCommand>(entry);
}

} // namespace memory_collector::lab
