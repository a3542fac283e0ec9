// SPDX-License-Identifier: GPL-2.0-only
//
// Processes that end at once.
#include "lab/child.h"
#include "lab/kinds/kinds.h"

namespace memory_collector::lab {

namespace {

class ForkExitStorm : public Workload {
public:
    void add_options(Options &options) override
    {
        options.number("--fork-rate", fork_rate_, {1, 2000, Unit::count},
                       "forks a second, all workers together");
    }
    Uses uses() const override { return {.contents = false}; }
    Needs needs(const CommonOptions &common) const override { return {.processes = common.workers}; }

    void work(Worker &worker) override
    {
        run_children(worker, fork_rate_, [] { return 0; });
    }

    std::optional<Goal> goal(const CommonOptions &common, const Counts &sum,
                             std::uint64_t until_ns) const override
    {
        return rate_goal("forks", fork_rate_, common, sum.forks, until_ns);
    }

private:
    std::uint64_t fork_rate_ = 40;
};

} // namespace

std::unique_ptr<Workload> make_fork_exit_storm()
{
    return std::make_unique<ForkExitStorm>();
}

} // namespace memory_collector::lab
