// SPDX-License-Identifier: GPL-2.0-only
//
// `probe`: events as they happen, a line each.
#include "command/command.h"
#include "command/report_options.h"
#include "host/mounts.h"
#include "probe/probe.h"
#include "probe/settings.h"
#include "probe/watch.h"
#include "sink/json_line.h"
#include "sink/output.h"
#include "support/error.h"
#include "support/signals.h"

#include <CLI/CLI.hpp>
#include <spdlog/spdlog.h>

#include <array>
#include <optional>
#include <string>

namespace memory_collector {

namespace {

struct Kind {
    std::string_view name;
    std::string_view what;
    std::unique_ptr<probe::Probe> (*make)(const probe::Settings &);
};

constexpr std::array<Kind, 3> kinds{{
    {"fork", "new processes", probe::make_fork_probe},
    {"fault", "page faults", probe::make_fault_probe},
    {"swap", "reclaim and swapping", probe::make_swap_probe},
}};

constexpr std::uint64_t least_ring = std::uint64_t{64} << 10;
constexpr std::uint64_t most_ring = std::uint64_t{1} << 30;

class ProbeCommand : public Command {
public:
    void add_options(CLI::App &app) override
    {
        app.add_option(
               "kind", kind_,
               "fork: new processes; fault: page faults (x86); swap: reclaim and swapping, a line a second")
            ->required()
            ->check(CLI::IsMember({"fork", "fault", "swap"}));
        app.add_option("--format", format_, "text or jsonl")
            ->check(CLI::IsMember({"text", "jsonl"}))
            ->capture_default_str();
        app.add_option("--pid", pid_, "only what this process does (fork: its children)")
            ->check(CLI::Range(1u, 4194304u));
        app.add_option("--comm", settings_.comm, "only what processes of this name do: as ps -o comm has it");
        app.add_option("--cgroup", settings_.cgroup,
                       "only what is done in this cgroup (v2) and those below it");
        app.add_option("--duration", duration_, "stop after this time, such as 10s");
        app.add_flag("--summary", settings_.summary,
                     "no lines: at the end the sums of each process, and how long faults and reclaim took");
        app.add_flag("--trace-pipe", settings_.trace_pipe, "lines to the kernel's trace pipe, by bpf_printk");
        app.add_option("--buffer-size", buffer_, "ring of events that are not written yet, such as 64MiB")
            ->capture_default_str();
    }

    int execute() override
    {
        check();
        const Kind &kind =
            *std::find_if(kinds.begin(), kinds.end(), [&](const Kind &one) { return one.name == kind_; });
        std::optional<std::uint64_t> duration;
        if (!duration_.empty())
            duration = duration_option("duration", duration_);
        Signals signals;
        Output output;
        const std::unique_ptr<probe::Probe> probe = kind.make(settings_);
        spdlog::info("watching {}; Ctrl-C ends it", kind.what);
        if (settings_.trace_pipe)
            hint_at_trace_pipe();
        try {
            probe::watch(*probe, output, signals, duration);
            const probe::Account account = probe->finish(output);
            tell(account, output);
            output.flush();
            if (output.dropped_rows() != 0)
                spdlog::warn("{} lines could not be written", output.dropped_rows());
        } catch (const OutputClosed &) {
            // As for any filter: `| head` has seen enough.
            return exit_done;
        }
        return output.dropped_rows() == 0 ? exit_done : exit_failed;
    }

private:
    void check()
    {
        settings_.pid = pid_;
        settings_.format = format_ == "jsonl" ? probe::Format::jsonl : probe::Format::text;
        if (settings_.comm.size() >= MC_BPF_COMM_LEN)
            throw OptionError("comm", "'" + settings_.comm + "' is too long: the kernel keeps " +
                                          std::to_string(MC_BPF_COMM_LEN - 1) + " bytes of a name");
        if (settings_.trace_pipe && settings_.summary)
            throw OptionError("trace-pipe", "a summary does not go there: leave out one of the two");
        if (settings_.trace_pipe && format_ != "text")
            throw OptionError("trace-pipe", "the lines there are text: leave out --format");
        settings_.ring_bytes = size_option("buffer-size", buffer_);
        if (settings_.ring_bytes < least_ring || settings_.ring_bytes > most_ring)
            throw OptionError("buffer-size", "'" + buffer_ + "' is not between 64KiB and 1GiB");
    }

    static void hint_at_trace_pipe()
    {
        const auto points = mount_points(HostPaths{}, "tracefs");
        if (points.empty())
            spdlog::info(
                "the lines go to the kernel's trace pipe; tracefs is not mounted: "
                "mount -t tracefs nodev /sys/kernel/tracing; then cat /sys/kernel/tracing/trace_pipe");
        else
            spdlog::info("the lines go to the kernel's trace pipe: cat {}/trace_pipe", points.front());
    }

    void tell(const probe::Account &account, Output &output) const
    {
        const std::uint64_t lost = account.dropped + account.missed;
        if (settings_.format == probe::Format::jsonl && account.events) {
            std::string text;
            JsonLine line{text, "loss"};
            line("emitted", account.told + account.missed);
            line("read", account.taken);
            line("lost", lost);
            line("ring_overrun", account.dropped);
            line("not_looked_at", account.missed);
            line.end();
            output.row(text);
        }
        if (account.events && account.dropped != 0)
            spdlog::warn("{} events, {} read, {} lost: the ring was full; --buffer-size makes a larger one",
                         account.told, account.taken, account.dropped);
        else if (account.events)
            spdlog::info("{} events, {} read, 0 lost", account.told, account.taken);
        else
            spdlog::info("{} events", account.told);
        if (account.missed != 0)
            spdlog::warn("{} events of any process were not looked at: another was being told on that CPU",
                         account.missed);
        if (account.untimed != 0)
            spdlog::info("{} ended whose begin was not seen: how long they took is not in the sums",
                         account.untimed);
        if (account.unplaced != 0)
            spdlog::warn("{} events are in no process's sums: a summary has room for {} processes",
                         account.unplaced, MC_PROBE_PROCESSES);
    }

    std::string kind_;
    std::string format_ = "text";
    std::string duration_;
    std::string buffer_ = "4MiB";
    std::uint32_t pid_ = 0;
    probe::Settings settings_;
};

} // namespace

std::unique_ptr<Command> make_probe_command()
{
    return std::make_unique<ProbeCommand>();
}

} // namespace memory_collector
