// SPDX-License-Identifier: GPL-2.0-only
//
// `run`: the daemon.
#include "command/child_process.h"
#include "command/command.h"
#include "command/report_options.h"
#include "model/model.h"
#include "source/source_registry.h"
#include "support/clock.h"
#include "support/error.h"
#include "support/signals.h"

#include <CLI/CLI.hpp>
#include <spdlog/spdlog.h>

#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <optional>

namespace memory_collector {

namespace {

class RunCommand : public Command {
public:
    void add_options(CLI::App &app) override
    {
        options_.add_to(app);
        app.add_option("--source", source_, "auto (the module if it is loaded, else eBPF), module or ebpf")
            ->capture_default_str();
        app.add_option("--duration", duration_, "stop after this time, such as 10s (default: when stopped)");
        app.add_option("--buffer-size", buffer_, "trace ring per CPU, such as 4MiB")->capture_default_str();
        app.add_option("command", command_, "measure until this command exits, and exit with its status")
            ->option_text("-- COMMAND...");
        app.positionals_at_end();
    }

    int execute() override
    {
        const std::uint64_t interval = options_.interval_ns();
        (void)options_.group_by();
        const std::optional<std::uint64_t> duration =
            duration_.empty() ? std::nullopt : std::optional{duration_option("--duration", duration_)};
        if (duration && *duration == 0)
            throw UsageError("--duration: '" + duration_ + "' is no time at all");
        SourceOptions source_options;
        source_options.buffer_bytes = size_option("--buffer-size", buffer_);
        if (source_options.buffer_bytes < 64ull * 1024 || source_options.buffer_bytes > (1ull << 32))
            throw UsageError("--buffer-size: '" + buffer_ + "' is not between 64KiB and 4GiB");

        source_options.interval_ns = interval;

        Signals signals;
        const std::unique_ptr<LiveSource> source = make_source(source_, source_options);
        Output output = options_.open_output();
        const std::unique_ptr<Sink> sink = options_.make_sink(output);
        ModelOptions model_options;
        model_options.source = source->name();
        model_options.interval_ns = interval;
        model_options.page_size = static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
        model_options.live = true;
        Model model{model_options, *sink};

        try {
            source->start(model);
            const int status = measure(signals, *source, model, output, duration);
            source->stop(model);
            model.finish(0, "end");
            for (const std::string &mismatch : model.loss_mismatches())
                spdlog::error("lost events do not add up: {}", mismatch);
            if (model.malformed_events() != 0)
                spdlog::warn("{} events were damaged and are not in the report", model.malformed_events());
            if (output.dropped_rows() != 0) {
                spdlog::error("{} rows could not be written", output.dropped_rows());
                return exit_failed;
            }
            return status;
        } catch (const OutputClosed &) {
            return exit_done;
        }
    }

private:
    int measure(Signals &signals, LiveSource &source, Model &model, Output &output,
                std::optional<std::uint64_t> duration)
    {
        const std::uint64_t interval = options_.interval_ns();
        // Often enough for a row to come soon after its interval, seldom
        // enough to wake an idle machine little.
        const std::uint64_t pace = std::clamp(interval / 8, 5 * ns_per_ms, 50 * ns_per_ms);
        std::optional<std::uint64_t> end;
        std::optional<ChildProcess> child;
        bool opened = false;
        while (true) {
            const bool all = source.round(model);
            const std::uint64_t now = monotonic_ns();
            if (!opened && model.is_open()) {
                opened = true;
                notify_service_manager("READY=1");
                if (duration)
                    end = now + *duration;
                if (!command_.empty())
                    child.emplace(command_);
            }
            if (end && now >= *end)
                return exit_done;
            const std::uint64_t due = source.due(model);
            std::uint64_t left = end ? *end - now : pace;
            left = std::min(left, due > now ? due - now : 0);
            const Signals::Seen seen = signals.wait(all ? std::min(pace, left) : 0);
            if (seen.reopen)
                output.reopen();
            if (child && seen.child)
                if (const auto status = child->ended()) {
                    spdlog::info("'{}' has ended with status {}", command_.front(), *status);
                    return *status;
                }
            if (seen.stop != 0) {
                notify_service_manager("STOPPING=1");
                return exit_done;
            }
        }
    }

    ReportOptions options_;
    std::string source_ = "auto";
    std::string duration_;
    std::string buffer_ = "4MiB";
    std::vector<std::string> command_;
};

} // namespace

std::unique_ptr<Command> make_run_command()
{
    return std::make_unique<RunCommand>();
}

} // namespace memory_collector
