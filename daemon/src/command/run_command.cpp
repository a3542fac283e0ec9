// SPDX-License-Identifier: GPL-2.0-only
//
// `run`: the daemon.
#include "command/child_process.h"
#include "command/command.h"
#include "command/config_file.h"
#include "command/live_report.h"
#include "command/report_options.h"
#include "host/pid_namespace.h"
#include "model/model.h"
#include "oom/row_forecast.h"
#include "source/ebpf/event_buffer.h"
#include "source/ebpf/group.h"
#include "source/ebpf/groups.h"
#include "source/source_registry.h"
#include "support/clock.h"
#include "support/error.h"
#include "support/signals.h"

#include <CLI/CLI.hpp>
#include <spdlog/spdlog.h>

#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace memory_collector {

namespace {

class RunCommand : public Command {
public:
    void add_options(CLI::App &app) override
    {
        app_ = &app;
        options_.add_to(app);
        app.add_option("--source", source_, "auto (the module if it is loaded, else eBPF), module or ebpf")
            ->capture_default_str();
        app.add_option("--with", with_, with_help());
        app.add_flag("--oom", oom_,
                     "how likely the kernel is to kill where a process is, within 1, 5, 10 and 30 s; "
                     "see memory-collector oom");
        app.add_option("--duration", duration_, "stop after this time, such as 10s (default: when stopped)");
        app.add_option("--buffer-size", buffer_, "trace ring per CPU, such as 4MiB")->capture_default_str();
        app.add_option("--btf", btf_, "the kernel's types, for eBPF (default: /sys/kernel/btf/vmlinux)");
        app.add_option("--bpf-buffer", bpf_buffer_,
                       "how events of the eBPF source come: auto, ring (Linux 5.8) or perf")
            ->capture_default_str();
        app.add_flag("--bpf-stats", bpf_stats_,
                     "measure how long eBPF programs run, for rows of type self; costs some 50 ns a run");
        app.add_option(
            "--max-cpu", max_cpu_,
            "of one CPU, such as 1%: over it, the dearest group of --with goes, and if none is left "
            "intervals get longer; with --bpf-stats");
        app.add_option("--config", config_, "TOML file with more options; SIGHUP reads it again")
            ->configurable(false);
        app.add_option("--check-config", check_config_, "say what is wrong with this TOML file, and exit")
            ->configurable(false);
        app.add_option("command", command_, "measure until this command exits, and exit with its status")
            ->option_text("-- COMMAND...");
        app.positionals_at_end();
    }

    int execute() override
    {
        given_ = values();
        if (!check_config_.empty()) {
            configured(check_config_);
            std::printf("%s: nothing is wrong with it\n", check_config_.c_str());
            return exit_done;
        }
        if (config_.empty())
            return measure_with(checked());
        ConfigFile file{config_};
        file.apply(*app_->get_parent(), app_->get_name());
        spdlog::set_level(level_of(*app_->get_parent()));
        return measure_with(checked(&file));
    }

private:
    // By the names of options, as the command line would have them.
    using Values = std::map<std::string, std::vector<std::string>>;

    // The options' meaning.
    struct Settings {
        std::uint64_t interval = 0;
        std::optional<std::uint64_t> duration;
        SourceOptions source;
    };

    // A run as it would be with another configuration and this command line.
    struct Configured;

    std::unique_ptr<Configured> configured(const std::string &path) const;

    static CLI::Option *own_option(CLI::App &app, const std::string &name)
    {
        const auto options = app.get_options([&name](const CLI::Option *option) {
            return option->get_configurable() && option->check_lname(name);
        });
        return options.empty() ? nullptr : options.front();
    }

    // What is set, on the command line or by a configuration.
    Values values() const
    {
        Values set;
        for (CLI::App *const app : {app_->get_parent(), app_})
            for (const CLI::Option *option : app->get_options())
                if (option->count() != 0 && option->get_configurable() && !option->get_lnames().empty())
                    set[option->get_lnames().front()] = option->results();
        return set;
    }

    static spdlog::level::level_enum level_of(CLI::App &program)
    {
        return spdlog::level::from_str(program.get_option("--log-level")->as<std::string>());
    }

    Settings checked(const ConfigFile *file = nullptr) const
    {
        try {
            Settings settings;
            settings.interval = options_.interval_ns();
            settings.source.interval_ns = settings.interval;
            options_.framing();
            options_.group_by();
            settings.source.groups = groups(source_entry(source_).name);
            if (!duration_.empty())
                settings.duration = duration_option("duration", duration_);
            if (settings.duration && *settings.duration == 0)
                throw OptionError("duration", "'" + duration_ + "' is no time at all");
            settings.source.buffer_bytes = size_option("buffer-size", buffer_);
            if (settings.source.buffer_bytes < 64ull * 1024 || settings.source.buffer_bytes > (1ull << 32))
                throw OptionError("buffer-size", "'" + buffer_ + "' is not between 64KiB and 4GiB");
            settings.source.btf = btf_;
            ebpf::buffer_kind(bpf_buffer_);
            settings.source.bpf_buffer = bpf_buffer_;
            settings.source.bpf_stats = bpf_stats_;
            if (!max_cpu_.empty())
                settings.source.max_cpu = percent_option("max-cpu", max_cpu_);
            if ((bpf_stats_ || settings.source.max_cpu) && source_entry(source_).name != "ebpf")
                throw OptionError(bpf_stats_ ? "bpf-stats" : "max-cpu",
                                  "source " + std::string{source_entry(source_).name} +
                                      " runs no eBPF programs: add --source ebpf, or leave it away");
            return settings;
        } catch (const OptionError &error) {
            if (file == nullptr)
                throw;
            file->refuse(error);
        }
    }

    static std::string with_help()
    {
        std::string help = "more columns, by eBPF only, from the cheapest to the dearest: ";
        bool first = true;
        for (const ebpf::GroupEntry &entry : ebpf::group_entries()) {
            if (entry.always)
                continue;
            help += (first ? "" : ", ") + std::string{entry.name} + " (" + std::string{entry.summary} + ")";
            first = false;
        }
        return help;
    }

    std::vector<std::string> groups(std::string_view source) const
    {
        std::vector<std::string> names = ebpf::group_names(with_);
        if (!names.empty() && source != "ebpf")
            throw OptionError("with", "source " + std::string{source} +
                                          " has no such columns: add --source ebpf, or leave --with away");
        return names;
    }

    // On SIGHUP: output files are opened anew, and what may change while it runs does.
    void reload(LiveReport &report, oom::RowForecast &forecast, LiveSource &source, Model &model);

    int measure_with(const Settings &settings)
    {
        Signals signals;
        const std::unique_ptr<LiveSource> source = make_source(source_, settings.source);
        LiveReport report{options_};
        ModelOptions model_options;
        model_options.source = source->name();
        model_options.interval_ns = settings.interval;
        model_options.page_size = static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
        model_options.live = true;
        oom::RowForecast forecast{report};
        forecast.switch_on(oom_);
        Model model{model_options, forecast};
        if (own_pid_namespace(HostPaths{}) != PidNamespace::initial)
            spdlog::warn(
                "/proc does not show the machine's pids, which the report has: command lines, cgroups and "
                "containers are null; in a container, share the machine's pids (docker run --pid=host)");

        try {
            source->start(model);
            const int status = measure(signals, *source, model, report, forecast, settings);
            source->stop(model);
            model.finish(0, "end");
            for (const std::string &mismatch : model.loss_mismatches())
                spdlog::error("lost events do not add up: {}", mismatch);
            if (model.malformed_events() != 0)
                spdlog::warn("{} events were damaged and are not in the report", model.malformed_events());
            if (report.dropped_rows() != 0) {
                spdlog::error("{} rows could not be written", report.dropped_rows());
                return exit_failed;
            }
            return status;
        } catch (const OutputClosed &) {
            return exit_done;
        }
    }

    int measure(Signals &signals, LiveSource &source, Model &model, LiveReport &report,
                oom::RowForecast &forecast, const Settings &settings)
    {
        // Often enough for a row to come soon after its interval, seldom
        // enough to wake an idle machine little.
        std::optional<std::uint64_t> end;
        std::optional<ChildProcess> child;
        bool opened = false;
        while (true) {
            // Before rows are made of the newest sample.
            const std::uint64_t sample_due = forecast.round(monotonic_ns());
            const bool all = source.round(model);
            const std::uint64_t now = monotonic_ns();
            if (!opened && model.is_open()) {
                opened = true;
                notify_service_manager("READY=1");
                if (settings.duration)
                    end = now + *settings.duration;
                if (!command_.empty())
                    child.emplace(command_);
            }
            if (end && now >= *end)
                return exit_done;
            const std::uint64_t due = std::min(source.due(model), sample_due);
            // Intervals may have become longer.
            const std::uint64_t length =
                opened ? model.interval_end() - model.interval_start() : settings.interval;
            const std::uint64_t pace = std::clamp(length / 8, 5 * ns_per_ms, 50 * ns_per_ms);
            std::uint64_t left = end ? *end - now : pace;
            left = std::min(left, due > now ? due - now : 0);
            const Signals::Seen seen = signals.wait(all ? std::min(pace, left) : 0);
            if (seen.reopen)
                reload(report, forecast, source, model);
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

    CLI::App *app_ = nullptr;
    Values given_; // on the command line
    std::string config_;
    std::string check_config_;
    ReportOptions options_;
    std::string source_ = "auto";
    std::string with_;
    bool oom_ = false;
    std::string duration_;
    std::string buffer_ = "4MiB";
    std::string btf_;
    std::string bpf_buffer_ = "auto";
    bool bpf_stats_ = false;
    std::string max_cpu_;
    std::vector<std::string> command_;
};

struct RunCommand::Configured {
    CLI::App program;
    std::string level = "info";
    RunCommand command;
};

std::unique_ptr<RunCommand::Configured> RunCommand::configured(const std::string &path) const
{
    auto next = std::make_unique<Configured>();
    add_log_level(next->program, next->level);
    CLI::App &parser = *next->program.add_subcommand(app_->get_name());
    next->command.add_options(parser);
    for (const auto &[name, texts] : given_)
        for (CLI::App *const app : {&next->program, &parser})
            if (CLI::Option *const option = own_option(*app, name)) {
                for (const std::string &text : texts)
                    option->add_result(text);
                option->run_callback();
            }
    ConfigFile file{path};
    file.apply(next->program, app_->get_name());
    next->command.checked(&file);
    return next;
}

void RunCommand::reload(LiveReport &report, oom::RowForecast &forecast, LiveSource &source, Model &model)
{
    report.reopen();
    if (config_.empty())
        return;
    try {
        const std::unique_ptr<Configured> next = configured(config_);
        report.change(next->command.options_);
        source.change_groups(next->command.groups(source.name()), model);
        forecast.switch_on(next->command.oom_);
        spdlog::set_level(level_of(next->program));
        Values now = values();
        Values then = next->command.values();
        for (const char *const changes : {"by", "format", "oom", "output", "top", "with", "log-level"}) {
            now.erase(changes);
            then.erase(changes);
        }
        std::string later;
        for (const auto &[name, texts] : then)
            if (!now.contains(name) || now[name] != texts)
                later += (later.empty() ? "" : ", ") + name;
        for (const auto &[name, texts] : now)
            if (!then.contains(name))
                later += (later.empty() ? "" : ", ") + name;
        spdlog::info("read the configuration '{}' again", config_);
        if (!later.empty())
            spdlog::warn("changed in '{}', but fixed while it runs: {}; start it again for that", config_,
                         later);
    } catch (const Error &error) {
        spdlog::error("{}; the configuration in force is kept", error.what());
    }
}

} // namespace

std::unique_ptr<Command> make_run_command()
{
    return std::make_unique<RunCommand>();
}

} // namespace memory_collector
