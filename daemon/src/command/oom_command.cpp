// SPDX-License-Identifier: GPL-2.0-only
//
// `oom`: who will run out of memory, and when.
#include "command/command.h"
#include "command/report_options.h"
#include "oom/engine.h"
#include "oom/hook.h"
#include "oom/model_file.h"
#include "oom/report.h"
#include "oom/sampler.h"
#include "oom/tee.h"
#include "oom/trace_reader.h"
#include "oom/trace_writer.h"
#include "sink/output.h"
#include "support/clock.h"
#include "support/error.h"
#include "support/files.h"
#include "support/signals.h"

#include <CLI/CLI.hpp>
#include <spdlog/spdlog.h>

#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <fstream>
#include <iostream>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace memory_collector {

namespace {

class OomCommand : public Command {
public:
    void add_options(CLI::App &app) override
    {
        app.add_option("--interval", interval_, "time between two samples, 10ms to 10s")
            ->capture_default_str();
        app.add_option("--report-every", report_every_,
                       "time between two reports; as long as the interval: every sample")
            ->capture_default_str();
        app.add_option("--duration", duration_, "stop after this time, such as 10s (default: when stopped)");
        app.add_option("--cgroup", cgroup_,
                       "watch this cgroup and those below it only, such as /system.slice (default: all)");
        app.add_option("--format", format_, "table or jsonl (default: table on a terminal, else jsonl)");
        app.add_option("--output", output_, "append to this file instead of writing to standard output");
        app.add_option("--model", model_,
                       "linear, logistic, trees, free, psi or never (default: the model file's)");
        app.add_option("--model-file", model_file_, "what models are made of (default: what is built in)");
        app.add_option("--alert-above", alert_above_, "alert as the probability comes up to this, 0 to 1")
            ->capture_default_str();
        app.add_option("--horizon", horizon_, "of a kill within this time: 1s, 5s, 10s or 30s")
            ->capture_default_str();
        app.add_option("--refractory", refractory_, "no second alert of a target within this time")
            ->capture_default_str();
        app.add_option("--hook", hook_, "run this command at an alert; it is told of it by its environment");
        app.add_option("--record", record_,
                       "write what is observed to this new file, - is standard output; forecasts are then "
                       "written only if --format or --output is given");
        app.add_option("--replay", replay_,
                       "forecast from these recordings instead of this host; - is standard input")
            ->option_text("TRACE...");
        app.add_flag("--features", features_, "write what models see at each sample, as JSON lines");
    }

    int execute() override
    {
        std::signal(SIGPIPE, SIG_IGN);
        try {
            check();
            return replay_.empty() ? live() : replay();
        } catch (const OutputClosed &) {
            return exit_done;
        }
    }

private:
    using Format = oom::ReportSettings::Format;

    void check()
    {
        interval_ns_ = duration_option("interval", interval_);
        if (interval_ns_ < 10 * ns_per_ms || interval_ns_ > 10 * ns_per_s)
            throw OptionError("interval", "'" + interval_ + "' is not between 10ms and 10s");
        settings_.every_ns = duration_option("report-every", report_every_);
        settings_.refractory_ns = duration_option("refractory", refractory_);
        if (!duration_.empty())
            duration_ns_ = duration_option("duration", duration_);
        const std::uint64_t horizon = duration_option("horizon", horizon_);
        const auto *const at =
            std::find(oom::horizons_s.begin(), oom::horizons_s.end(), static_cast<double>(horizon) / 1e9);
        if (at == oom::horizons_s.end())
            throw OptionError("horizon", "'" + horizon_ + "' is none of 1s, 5s, 10s, 30s");
        settings_.horizon = static_cast<std::size_t>(at - oom::horizons_s.begin());
        if (!(alert_above_ > 0 && alert_above_ <= 1))
            throw OptionError("alert-above", "it is not above 0 and at most 1");
        settings_.alert_above = alert_above_;
        if (!format_.empty() && format_ != "table" && format_ != "jsonl")
            throw OptionError("format", "'" + format_ + "' is none of table, jsonl");
        if (features_ && format_ == "table")
            throw OptionError("features", "they are no table; leave out --format");
        if (!replay_.empty())
            for (const auto &[given, name] : {std::pair{!record_.empty(), "record"},
                                              {!hook_.empty(), "hook"},
                                              {!cgroup_.empty(), "cgroup"},
                                              {!duration_.empty(), "duration"}})
                if (given)
                    throw OptionError(name,
                                      "a recording is replayed, this host is not watched; leave it out");
        if (!cgroup_.empty() && cgroup_.front() != '/')
            throw OptionError("cgroup", "'" + cgroup_ + "' does not begin with /");
        while (cgroup_.size() > 1 && cgroup_.back() == '/')
            cgroup_.pop_back();
        if (!hook_.empty())
            hook_command_.emplace(hook_);
        load_model();
    }

    void load_model()
    {
        std::string text;
        if (!model_file_.empty()) {
            text = read_file(model_file_, std::size_t{64} << 20);
            if (text.empty())
                throw Error("cannot read the model file '" + model_file_ +
                            "', or it is empty; name another, or leave out --model-file");
        }
        loaded_ = model_file_.empty() ? oom::load_model(oom::builtin_model_text, "built in", model_)
                                      : oom::load_model(text, model_file_, model_);
        settings_.model = loaded_->name();
    }

    Output open_output()
    {
        Output output = output_.empty() ? Output{} : Output{output_};
        settings_.format = features_                                                      ? Format::features
                           : format_ == "table" || (format_.empty() && output.terminal()) ? Format::table
                                                                                          : Format::jsonl;
        return output;
    }

    Output new_recording() const
    {
        if (record_ == "-")
            return Output{};
        struct stat status {};
        if (::stat(record_.c_str(), &status) == 0 && S_ISREG(status.st_mode) && status.st_size != 0)
            throw OptionError("record", "'" + record_ + "' exists; a recording has a file of its own");
        return Output{record_};
    }

    static void raise_open_files()
    {
        rlimit files{};
        if (::getrlimit(RLIMIT_NOFILE, &files) != 0)
            return;
        files.rlim_cur = files.rlim_max;
        ::setrlimit(RLIMIT_NOFILE, &files);
    }

    oom::TraceHeader header() const
    {
        oom::TraceHeader header;
        header.interval_ns = interval_ns_;
        const std::uint64_t now = monotonic_ns();
        header.start_ns = now - now % 1000;
        header.page_size = static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
        utsname name{};
        if (::uname(&name) == 0)
            header.kernel = name.release;
        return header;
    }

    int live()
    {
        Signals signals;
        raise_open_files();
        const oom::TraceHeader head = header();
        const bool forecasts = record_.empty() || !format_.empty() || !output_.empty() || features_;
        if (record_ == "-" && forecasts && output_.empty())
            throw OptionError("record",
                              "standard output is where forecasts go; name a file, or give --output");
        settings_.interval_ns = interval_ns_;
        oom::Tee observers;
        std::optional<Output> recording;
        std::optional<oom::TraceWriter> writer;
        if (!record_.empty()) {
            recording.emplace(new_recording());
            writer.emplace(*recording, head);
            observers.add(*writer);
        }
        std::optional<Output> output;
        std::optional<oom::Report> report;
        std::optional<oom::Engine> engine;
        if (forecasts) {
            output.emplace(open_output());
            report.emplace(*output, settings_, [this](const oom::Assessment &assessment) {
                if (hook_command_)
                    hook_command_->run(assessment, oom::horizons_s.at(settings_.horizon),
                                       assessment.forecast.probability.at(settings_.horizon));
            });
            engine.emplace(oom::EngineOptions{head.interval_ns, head.page_size}, *loaded_, *report);
            observers.add(*engine);
        }
        oom::Sampler sampler{oom::SamplerOptions{cgroup_}, observers};
        if (!sampler.mount())
            spdlog::warn("no memory cgroups are mounted: the host alone is watched");
        if (!sampler.reads_kernel_log())
            spdlog::warn("/dev/kmsg cannot be read: kills are counted, but victims not named; run as root");
        watch(signals, sampler, recording ? &*recording : nullptr, output ? &*output : nullptr);
        std::uint64_t dropped = 0;
        for (std::optional<Output> *one : {&recording, &output})
            if (*one) {
                (*one)->flush();
                dropped += (*one)->dropped_rows();
            }
        return dropped == 0 ? exit_done : exit_failed;
    }

    void watch(Signals &signals, oom::Sampler &sampler, Output *recording, Output *output)
    {
        const std::uint64_t begun = monotonic_ns();
        std::uint64_t next = begun;
        std::uint64_t flush = begun;
        notify_service_manager("READY=1");
        while (true) {
            const std::uint64_t now = monotonic_ns();
            if (now >= next) {
                sampler.round(now);
                // Samples that are too late are left out.
                next = std::max(next + interval_ns_, now - (now - begun) % interval_ns_);
                if (recording != nullptr && now >= flush) {
                    recording->flush();
                    flush = now + ns_per_s;
                }
            }
            const std::uint64_t after = monotonic_ns();
            if (duration_ns_ && after >= begun + *duration_ns_)
                return;
            const std::uint64_t wake = duration_ns_ ? std::min(next, begun + *duration_ns_) : next;
            const Signals::Seen seen = signals.wait(wake > after ? wake - after : 0);
            if (seen.child && hook_command_)
                hook_command_->reap();
            if (seen.reopen && output != nullptr)
                output->reopen();
            if (seen.stop != 0) {
                notify_service_manager("STOPPING=1");
                return;
            }
        }
    }

    int replay()
    {
        Output output = open_output();
        oom::ReportSettings settings = settings_;
        for (const std::string &path : replay_) {
            std::ifstream file;
            if (path != "-") {
                file.open(path, std::ios::binary);
                if (!file)
                    throw Error("cannot read '" + path +
                                "'; name a file that memory-collector oom --record wrote");
            }
            oom::TraceReader reader{path == "-" ? std::cin : file, path};
            settings.interval_ns = reader.header().interval_ns;
            if (!report_) {
                report_.emplace(output, settings);
            }
            report_->begin_trace(path);
            oom::Engine engine{oom::EngineOptions{reader.header().interval_ns, reader.header().page_size},
                               *loaded_, *report_};
            reader.run(engine);
            if (reader.torn())
                spdlog::warn("'{}' ends within a line, which was left out", path);
        }
        output.flush();
        return output.dropped_rows() == 0 ? exit_done : exit_failed;
    }

    std::string interval_ = "100ms";
    std::string report_every_ = "1s";
    std::string duration_;
    std::string cgroup_;
    std::string format_;
    std::string output_;
    std::string model_;
    std::string model_file_;
    double alert_above_ = oom::default_alert_above;
    std::string horizon_ = "10s";
    std::string refractory_ = "10s";
    std::string hook_;
    std::string record_;
    std::vector<std::string> replay_;
    bool features_ = false;

    // What they mean.
    std::uint64_t interval_ns_ = 0;
    std::optional<std::uint64_t> duration_ns_;
    oom::ReportSettings settings_;
    std::unique_ptr<oom::Model> loaded_;
    std::optional<oom::Hook> hook_command_;
    std::optional<oom::Report> report_; // of recordings
};

} // namespace

std::unique_ptr<Command> make_oom_command()
{
    return std::make_unique<OomCommand>();
}

} // namespace memory_collector
