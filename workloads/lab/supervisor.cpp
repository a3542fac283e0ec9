// SPDX-License-Identifier: GPL-2.0-only
#include "lab/supervisor.h"

#include "lab/child.h"
#include "lab/futex.h"
#include "lab/guardian.h"
#include "lab/guardrails.h"
#include "lab/oom_score.h"
#include "lab/result.h"
#include "support/error.h"

#include <spdlog/spdlog.h>

#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <utility>

namespace memory_collector::lab {

namespace {

constexpr std::uint64_t look_ns = 100 * ns_per_ms;
// How long workers may take to notice that they are to end.
constexpr std::uint64_t grace_ns = 5 * ns_per_s;
// Preparing takes no longer as a rule.
constexpr std::uint64_t tell_after_ns = 3 * ns_per_s;

rusage usage_of(int who)
{
    rusage usage{};
    ::getrusage(static_cast<__rusage_who>(who), &usage);
    return usage;
}

// A worker's whole life.
int work(Workload &workload, const CommonOptions &common, std::size_t index, Ledger &ledger)
{
    Tally &tally = ledger.tally(index);
    try {
        // Deadlines are kept to the microsecond, not to the 50 that are the default.
        ::prctl(PR_SET_TIMERSLACK, 1000);
        Worker worker{common, index, ledger.board(), tally};
        workload.prepare(worker);
        if (!worker.wait_for_start())
            return 0;
        const rusage self = usage_of(RUSAGE_SELF);
        const rusage children = usage_of(RUSAGE_CHILDREN);
        workload.work(worker);
        tally.self = difference(usage_of(RUSAGE_SELF), self);
        tally.children = difference(usage_of(RUSAGE_CHILDREN), children);
        // Those that have nothing more to do hold what they have until all are done.
        worker.wait_until(worker.end_ns());
        tally.end_ns = monotonic_ns();
        return 0;
    } catch (const std::exception &error) {
        tally.set_problem(error.what());
        return 1;
    }
}

class Supervisor {
public:
    Supervisor(Workload &workload, const CommonOptions &common, int oom_score_adj)
        : workload_(workload), common_(common), oom_score_adj_(oom_score_adj), ledger_(common.workers)
    {
    }

    void run()
    {
        const pid_t keeper = ::getpid();
        for (std::size_t i = 0; i < common_.workers; i++) {
            const pid_t child = ::fork();
            if (child == 0) {
                set_own_oom_score_adj(oom_score_adj_);
                ::_exit(die_with_parent(keeper) ? work(workload_, common_, i, ledger_) : 1);
            }
            if (child < 0) {
                problems_.push_back(
                    fmt::format("cannot fork worker {} of {}: {} (see ulimit -u and pids.max of the "
                                "cgroup)",
                                i + 1, common_.workers, error_text(errno)));
                stop();
                break;
            }
            pids_.push_back(child);
        }
        left_ = pids_.size();
        while (left_ != 0) {
            start_when_ready();
            // Short while there is something to wait for, so that the start is soon.
            const auto seen = signals_.wait(start_ns_ == 0 ? ns_per_ms : look_ns);
            if (const int signal = stop_signal(seen); signal != 0 && stop_signal_ == 0) {
                stop_signal_ = signal;
                stop();
            }
            reap();
            watch();
        }
        end_ns_ = monotonic_ns();
    }

    Outcome outcome(std::string_view name, const nlohmann::json &options);

private:
    void start_when_ready()
    {
        if (start_ns_ != 0 || stopped_ns_ != 0)
            return;
        const auto ready = static_cast<std::size_t>(
            std::ranges::count_if(ledger_.tallies(), [](const Tally &tally) { return tally.ready != 0; }));
        if (ready < common_.workers) {
            look_at_preparation(ready);
            return;
        }
        // All of them are awake by then.
        start_ns_ = monotonic_ns() + 5 * ns_per_ms + common_.workers * 20'000;
        ledger_.board().start_ns = start_ns_;
        change(ledger_.board().phase, phase_run);
    }

    void look_at_preparation(std::size_t ready)
    {
        const std::uint64_t taken = monotonic_ns() - begun_ns_;
        if (taken >= common_.prepare_ns) {
            problems_.push_back(fmt::format(
                "stopped: {} of {} workers had their memory within {} s: the machine swaps or is overloaded; "
                "ask for less, or a longer --prepare-sec",
                ready, common_.workers, static_cast<double>(common_.prepare_ns) / ns_per_s));
            stop();
        } else if (taken >= tell_after_ns && !std::exchange(told_, true)) {
            spdlog::info("workers get their memory: {} of {} have it", ready, common_.workers);
        }
    }

    void stop()
    {
        if (stopped_ns_ != 0)
            return;
        stopped_ns_ = monotonic_ns();
        change(ledger_.board().phase, phase_stop);
        // Those that wait for a child look up.
        for (const pid_t pid : pids_)
            if (pid != 0)
                ::kill(pid, SIGTERM);
    }

    void reap()
    {
        int status = 0;
        for (pid_t ended = 0; (ended = ::waitpid(-1, &status, WNOHANG)) > 0;) {
            const auto at = std::ranges::find(pids_, ended);
            if (at == pids_.end())
                continue; // somebody's orphan
            const auto index = static_cast<std::size_t>(at - pids_.begin());
            *at = 0;
            left_--;
            const char *const problem = ledger_.tally(index).problem.data();
            if (*problem != '\0')
                add_problem(fmt::format("worker {}: {}", index, problem));
            if (WIFSIGNALED(status) && !killed_) {
                const int number = WTERMSIG(status);
                add_problem(fmt::format("worker {} (pid {}) was killed by signal {}{}", index, ended, number,
                                        number == SIGKILL ? ": for memory, or by somebody" : ""));
                ended_early_++;
                stop();
            }
            // The others would wait for it.
            if (start_ns_ == 0)
                stop();
        }
    }

    // The same of many workers is said once.
    void add_problem(const std::string &text)
    {
        constexpr std::size_t most = 4;
        if (problems_.size() < most)
            problems_.push_back(text);
    }

    void watch()
    {
        const std::uint64_t now = monotonic_ns();
        if (now >= next_look_ns_ && stopped_ns_ == 0) {
            next_look_ns_ = now + look_ns;
            if (const auto problem =
                    memory_problem_during(memory_pools(HostPaths{}), !workload_.may_meet_limit());
                !problem.empty()) {
                problems_.push_back(problem);
                stop();
            }
        }
        const std::uint64_t deadline = stopped_ns_ != 0 ? stopped_ns_ + grace_ns
                                       : start_ns_ != 0 ? start_ns_ + common_.duration_ns + grace_ns
                                                        : UINT64_MAX;
        if (now < deadline || killed_)
            return;
        killed_ = true;
        problems_.push_back(
            fmt::format("{} workers did not end within {} s and were killed", left_, grace_ns / ns_per_s));
        for (const pid_t pid : pids_)
            if (pid != 0)
                ::kill(pid, SIGKILL);
    }

    // When the last worker was done: exiting, and being reaped, is no part of the work.
    std::uint64_t done_ns()
    {
        std::uint64_t last = 0;
        for (const Tally &tally : ledger_.tallies()) {
            if (tally.end_ns == 0)
                return end_ns_; // killed
            last = std::max(last, tally.end_ns);
        }
        return last;
    }

    Workload &workload_;
    const CommonOptions &common_;
    int oom_score_adj_;
    std::uint64_t begun_ns_ = monotonic_ns();
    bool told_ = false;
    Signals signals_;
    Ledger ledger_;
    std::vector<pid_t> pids_; // 0: has ended
    std::size_t left_ = 0;
    std::uint64_t start_ns_ = 0;
    std::uint64_t stopped_ns_ = 0;
    std::uint64_t end_ns_ = 0;
    std::uint64_t next_look_ns_ = 0;
    std::uint64_t ended_early_ = 0;
    int stop_signal_ = 0;
    bool killed_ = false;
    std::vector<std::string> problems_;
};

Outcome Supervisor::outcome(std::string_view name, const nlohmann::json &options)
{
    Totals totals;
    for (Tally &tally : ledger_.tallies())
        totals.add(tally);
    const std::uint64_t until = stopped_ns_ != 0 ? stopped_ns_ : done_ns();
    totals.elapsed_ns = start_ns_ == 0 || until < start_ns_ ? 0 : until - start_ns_;
    const auto goal =
        workload_.goal(common_, totals.counts, std::min(totals.elapsed_ns, common_.duration_ns));
    Outcome outcome;
    outcome.stop_signal = stop_signal_;
    outcome.problems = problems_;
    if (stop_signal_ == 0)
        add_problems(totals, goal, outcome.problems);
    outcome.json = result_json(name, common_, options, totals, goal);
    outcome.json["workers_killed"] = ended_early_;
    outcome.json["stopped_by"] =
        stop_signal_ != 0 ? nlohmann::json(fmt::format("signal {}", stop_signal_)) : nlohmann::json(nullptr);
    outcome.json["problems"] = outcome.problems;
    return outcome;
}

} // namespace

Outcome supervise(std::string_view name, Workload &workload, const CommonOptions &common,
                  const nlohmann::json &options, int oom_score_adj)
{
    Supervisor supervisor{workload, common, oom_score_adj};
    supervisor.run();
    return supervisor.outcome(name, options);
}

} // namespace memory_collector::lab
