// SPDX-License-Identifier: GPL-2.0-only
#include "command/compress_sampling.h"

#include "command/command.h"
#include "command/report_options.h"
#include "compress/setting_list.h"
#include "support/clock.h"
#include "support/error.h"
#include "support/private_process.h"
#include "support/signals.h"

#include <CLI/CLI.hpp>
#include <spdlog/spdlog.h>

#include <map>

namespace memory_collector {

namespace {

using compress::ColdnessKind;

const std::map<std::string, ColdnessKind> coldness_kinds{
    {"auto", ColdnessKind::automatic},        {"idle", ColdnessKind::idle},
    {"damon", ColdnessKind::damon},           {"soft-dirty", ColdnessKind::soft_dirty},
    {"clear-refs", ColdnessKind::clear_refs}, {"none", ColdnessKind::none}};

class SignalWaiter : public compress::Waiter {
public:
    explicit SignalWaiter(Signals &signals) : signals_(signals) {}

    bool wait(std::uint64_t ns) override
    {
        const std::uint64_t until = monotonic_ns() + ns;
        do {
            const std::uint64_t now = monotonic_ns();
            stopped_ |= signals_.wait(until > now ? until - now : 0).stop != 0;
        } while (!stopped_ && monotonic_ns() < until);
        return !stopped_;
    }

private:
    Signals &signals_;
    bool stopped_ = false;
};

} // namespace

void CompressSampling::add_to(CLI::App &app)
{
    app.add_option("--pid", pids_, "these processes")->delimiter(',')->check(CLI::Range(1u, 4194304u));
    app.add_option("--cgroup", cgroup_,
                   "the processes of this cgroup and those below it, such as /system.slice");
    app.add_flag("--all", all_, "every process that has memory of its own");
    app.add_option("--pages", pages_, "pages that are read of a process, at most")
        ->check(CLI::Range(std::size_t{1}, std::size_t{1000000}))
        ->capture_default_str();
    app.add_option("--settings", settings_, "compressors that are tried, or all; lz4-fast-1 always is")
        ->capture_default_str();
    app.add_option("--seed", seed_, "chooses which pages are read")->capture_default_str();
    app.add_option("--coldness", coldness_,
                   "how unused pages are told: auto, idle, damon, soft-dirty, clear-refs or none")
        ->capture_default_str();
    app.add_flag("--clear-refs", clear_refs_,
                 "--coldness clear-refs: takes the marks of use that reclaim goes by, too");
    app.add_option("--cold-after", cold_after_, "a page that is not used for this time is cold, 100ms to 1h")
        ->capture_default_str();
    app.add_option("--max-cpu", max_cpu_, "share of one CPU that sampling takes at most")
        ->capture_default_str();
    app.add_option("--format", format_, "table or jsonl (default: table on a terminal, else jsonl)");
    app.add_option("--output", output_, "append to this file instead of writing to standard output");
}

void CompressSampling::check()
{
    if (static_cast<int>(!pids_.empty()) + static_cast<int>(!cgroup_.empty()) + static_cast<int>(all_) != 1)
        throw UsageError("which processes? Give one of --pid, --cgroup, --all");
    if (!cgroup_.empty() && cgroup_.front() != '/')
        throw OptionError("cgroup", "'" + cgroup_ + "' does not begin with /");
    if (!format_.empty() && format_ != "table" && format_ != "jsonl")
        throw OptionError("format", "'" + format_ + "' is none of table, jsonl");
    const auto settings = compress::parse_settings(settings_);
    if (!settings)
        throw OptionError("settings",
                          "'" + settings_ +
                              "' is no list such as lz4-fast-1,lz4-hc-9,zstd-3: lz4-fast-1, 2, 4, 8, "
                              "16, lz4-hc-3, 6, 9, 12, zstd-1 to 19");
    const auto kind = coldness_kinds.find(coldness_);
    if (kind == coldness_kinds.end())
        throw OptionError("coldness",
                          "'" + coldness_ + "' is none of auto, idle, damon, soft-dirty, clear-refs, none");
    if (clear_refs_ && kind->second != ColdnessKind::automatic && kind->second != ColdnessKind::clear_refs)
        throw OptionError("clear-refs",
                          "--coldness " + coldness_ + " is another way; leave out one of the two");
    options_.settings = *settings;
    options_.most_pages = pages_;
    options_.seed = seed_;
    options_.coldness = clear_refs_ ? ColdnessKind::clear_refs : kind->second;
    options_.cold_after_ns = duration_option("cold-after", cold_after_);
    if (options_.cold_after_ns < 100 * ns_per_ms || options_.cold_after_ns > 3600 * ns_per_s)
        throw OptionError("cold-after", "'" + cold_after_ + "' is not between 100ms and 1h");
    options_.cpu_share = percent_option("max-cpu", max_cpu_);
}

int CompressSampling::run(const Show &show)
{
    check();
    become_private();
    Signals signals;
    SignalWaiter waiter{signals};
    Output output = output_.empty() ? Output{} : Output{output_};
    compress::Sampler sampler{options_, waiter};
    const std::vector<std::uint32_t> pids = compress::chosen_pids({pids_, cgroup_, all_});
    if (!sampler.measures_coldness() && options_.coldness != ColdnessKind::none)
        spdlog::warn("coldness is not known: {}", sampler.why_no_coldness());
    try {
        return sample_all(sampler, pids, output, show);
    } catch (const OutputClosed &) {
        return exit_done;
    }
}

int CompressSampling::sample_all(compress::Sampler &sampler, const std::vector<std::uint32_t> &pids,
                                 Output &output, const Show &show)
{
    const bool table = format_ == "table" || (format_.empty() && output.terminal());
    std::size_t sampled = 0;
    std::size_t refused = 0;
    for (std::size_t i = 0; i < pids.size(); i++) {
        const auto process = sampler.sample(pids[i]);
        if (!process) {
            spdlog::info("stopped: {} of {} processes are done", i, pids.size());
            break;
        }
        // They come and go; of all, nobody asked for this one.
        if (pids_.empty() && process->failure == compress::ProcessMemory::Failure::gone)
            continue;
        if (!process->not_sampled)
            sampled++;
        else if (!pids_.empty())
            spdlog::error("process {} was not sampled: {}", pids[i], *process->not_sampled);
        if (process->failure == compress::ProcessMemory::Failure::not_permitted)
            refused++;
        output.row(show(*process, table));
        output.flush();
    }
    if (pids_.empty() && refused != 0)
        spdlog::warn("{} processes were not sampled: their memory is not for this user; run as root, or with "
                     "CAP_SYS_PTRACE and CAP_DAC_READ_SEARCH",
                     refused);
    const bool enough = pids_.empty() ? sampled != 0 : sampled == pids.size();
    return enough && output.dropped_rows() == 0 ? exit_done : exit_failed;
}

} // namespace memory_collector
