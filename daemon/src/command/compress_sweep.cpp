// SPDX-License-Identifier: GPL-2.0-only
//
// `compress sweep`, also `compressor-monitor`: every setting on every input.
#include "command/command.h"
#include "command/report_options.h"
#include "compress/process_data_set.h"
#include "compress/sweep.h"
#include "compress/sweep_plot.h"
#include "compress/sweep_report.h"
#include "sink/output.h"
#include "support/error.h"
#include "support/private_process.h"
#include "support/signals.h"
#include "support/text.h"
#include "support/units.h"

#include <CLI/CLI.hpp>
#include <spdlog/fmt/fmt.h>
#include <spdlog/spdlog.h>

#include <fcntl.h>
#include <sched.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <optional>
#include <string>
#include <vector>

namespace memory_collector {

namespace {

using namespace compress;

constexpr std::uint64_t least_size = 1024;
constexpr std::uint64_t most_size = std::uint64_t{256} << 20;

void pin_to(unsigned cpu)
{
    cpu_set_t set;
    CPU_ZERO(&set);
    if (cpu < CPU_SETSIZE) {
        CPU_SET(cpu, &set);
        if (::sched_setaffinity(0, sizeof set, &set) == 0)
            return;
    }
    throw Error(fmt::format("cannot run on CPU {}: {}; name one that is online and in this process's cpuset, "
                            "or leave out --cpu",
                            cpu, cpu < CPU_SETSIZE ? error_text(errno) : "there is no such CPU"));
}

class CompressSweepCommand : public Command {
public:
    void add_options(CLI::App &app) override
    {
        app.add_option("--codecs", codecs_, "lz4, zstd or lz4,zstd")
            ->delimiter(',')
            ->check(CLI::IsMember({"lz4", "zstd"}))
            ->default_str("lz4,zstd")
            ->option_text("LIST");
        app.add_option("--data", data_,
                       "kinds of data that are made: repetitive, unique, mixed, zero "
                       "(default: the first three, none beside --file and --pid)")
            ->delimiter(',')
            ->check(CLI::IsMember({"repetitive", "unique", "mixed", "zero"}))
            ->option_text("LIST");
        app.add_option("--file", files_, "compress this file, too; may be given more than once")
            ->allow_extra_args(false)
            ->option_text("FILE");
        app.add_option("--pid", pids_,
                       "compress a sample of this process's memory, too; may be given more than once")
            ->allow_extra_args(false)
            ->check(CLI::Range(1u, 4194304u));
        app.add_option("--max-size", max_size_, "the largest input, 1KiB to 256MiB")->capture_default_str();
        app.add_option("--runs", effort_.runs, "timed runs per row, whose median is told")
            ->check(CLI::Range(1u, 10000u))
            ->capture_default_str();
        app.add_option("--warmups", effort_.warmups, "runs before them that are not timed")
            ->check(CLI::Range(0u, 10000u))
            ->capture_default_str();
        app.add_option("--row-time", row_time_,
                       "no more runs of a row than compress in this time, but one: the columns say how many")
            ->capture_default_str();
        app.add_option("--cpu", cpu_, "run on this CPU only");
        app.add_option("--format", format_, "of standard output: table or jsonl")
            ->check(CLI::IsMember({"table", "jsonl"}))
            ->capture_default_str();
        app.add_option("--csv", csv_, "write all columns to this file, too, in place of what it holds")
            ->option_text("FILE");
        app.add_option("--plot", plot_, "draw ratio against CPU time to this file, as SVG")
            ->option_text("FILE");
        app.add_option("--dump-data", dump_,
                       "measure nothing: write the one data set that is chosen to this file")
            ->option_text("FILE");
        app.footer("With the defaults it takes about two minutes of CPU, most of them for 4 and 16 MiB.\n"
                   "Ctrl-C ends it with the rows that are there.");
    }

    int execute() override
    {
        check();
        Signals signals;
        if (cpu_)
            pin_to(*cpu_);
        try {
            return sweep(signals);
        } catch (const OutputClosed &) {
            return exit_done;
        }
    }

private:
    void check()
    {
        max_bytes_ = size_option("max-size", max_size_);
        if (max_bytes_ < least_size || max_bytes_ > most_size)
            throw OptionError("max-size", "'" + max_size_ + "' is not between 1KiB and 256MiB");
        effort_.row_ns = duration_option("row-time", row_time_);
        if (codecs_.empty())
            codecs_ = {"lz4", "zstd"};
        if (data_.empty() && files_.empty() && pids_.empty())
            data_ = {"repetitive", "unique", "mixed"};
        for (const Setting &setting : all_settings())
            if (std::find(codecs_.begin(), codecs_.end(), codec_name(setting.mode)) != codecs_.end())
                settings_.push_back(setting);
    }

    std::vector<DataSet> data_sets() const
    {
        std::vector<DataSet> sets;
        for (const std::string &kind : data_)
            sets.push_back(make_data_set(kind, max_bytes_));
        for (const std::string &path : files_)
            sets.push_back(read_data_set(path, max_bytes_));
        if (!pids_.empty())
            become_private();
        for (const std::uint32_t pid : pids_)
            sets.push_back(read_process_data_set(pid, max_bytes_));
        return sets;
    }

    // A file that is written anew.
    class NewFile {
    public:
        NewFile(const std::string &path, const char *option)
            : fd_{::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOCTTY, 0666)}
        {
            if (!fd_)
                throw Error("cannot write '" + path + "': " + error_text(errno) +
                            "; choose another file with --" + option);
            output_.emplace(Output::descriptor(fd_.get()));
        }
        Output &output() { return *output_; }

    private:
        UniqueFd fd_;
        std::optional<Output> output_;
    };

    int dump(const std::vector<DataSet> &sets) const
    {
        if (sets.size() != 1)
            throw OptionError("dump-data",
                              fmt::format("it takes one data set, there are {}; name it by --data "
                                          "or --file",
                                          sets.size()));
        NewFile file{dump_, "dump-data"};
        const auto bytes = sets.front().bytes.bytes();
        file.output().row({reinterpret_cast<const char *>(bytes.data()), bytes.size()});
        file.output().flush();
        return file.output().dropped_rows() == 0 ? exit_done : exit_failed;
    }

    int sweep(Signals &signals)
    {
        const std::vector<DataSet> sets = data_sets();
        if (!dump_.empty())
            return dump(sets);
        std::vector<SweepInput> inputs;
        for (const DataSet &set : sets)
            for (const SweepInput &input : inputs_of(set, max_bytes_))
                inputs.push_back(input);
        std::optional<NewFile> csv;
        std::optional<NewFile> plot;
        if (!csv_.empty()) {
            csv.emplace(csv_, "csv");
            csv->output().row(csv_header());
        }
        if (!plot_.empty())
            plot.emplace(plot_, "plot");
        Output output;
        if (format_ == "table")
            output.row(table_header());
        std::vector<SweepRow> rows;
        const auto keep = [&](const SweepRow &row) {
            rows.push_back(row);
            output.row(format_ == "table" ? table_line(row) : json_line(row));
            output.flush();
            if (csv) {
                csv->output().row(csv_line(row));
                csv->output().flush();
            }
        };
        const std::size_t all = inputs.size() * settings_.size();
        if (!measure_all(inputs, all, signals, keep))
            spdlog::info("stopped after {} of {} rows", rows.size(), all);
        std::uint64_t dropped = output.dropped_rows() + (csv ? csv->output().dropped_rows() : 0);
        if (plot) {
            plot->output().row(sweep_plot(rows));
            plot->output().flush();
            dropped += plot->output().dropped_rows();
        }
        const bool valid =
            std::all_of(rows.begin(), rows.end(), [](const SweepRow &row) { return row.valid; });
        if (!valid)
            spdlog::error(
                "what a codec decompressed is not what it had compressed: see the rows that failed");
        return valid && dropped == 0 ? exit_done : exit_failed;
    }

    // False if it was stopped.
    template <typename Keep>
    bool measure_all(const std::vector<SweepInput> &inputs, std::size_t all, Signals &signals,
                     const Keep &keep) const
    {
        // Rows on a terminal are progress enough.
        const bool progress = ::isatty(STDERR_FILENO) == 1 && ::isatty(STDOUT_FILENO) == 0;
        bool stopped = false;
        std::size_t done = 0;
        const auto stop = [&] { return stopped = stopped || signals.wait(0).stop != 0; };
        for (const SweepInput &input : inputs)
            for (const Setting &setting : settings_) {
                if (stop())
                    break;
                if (progress)
                    fmt::print(stderr, "\r\033[K{} of {} rows: {}, {}, {}", done, all,
                               printable(input.dataset_type), format_bytes(input.bytes.size()),
                               setting_name(setting));
                const auto codec = make_codec(setting, input.piece);
                const std::optional<SweepRow> row = measure(*codec, input, effort_, stop);
                if (!row)
                    break;
                keep(*row);
                done++;
            }
        if (progress)
            fmt::print(stderr, "\r\033[K");
        return done == all;
    }

    std::vector<std::string> codecs_;
    std::vector<std::string> data_;
    std::vector<std::string> files_;
    std::vector<std::uint32_t> pids_;
    std::string max_size_ = "16MiB";
    std::string row_time_ = "100ms";
    std::optional<unsigned> cpu_;
    std::string format_ = "table";
    std::string csv_;
    std::string plot_;
    std::string dump_;
    SweepEffort effort_;

    // What they mean.
    std::uint64_t max_bytes_ = 0;
    std::vector<Setting> settings_;
};

} // namespace

std::unique_ptr<Command> make_compress_sweep_command()
{
    return std::make_unique<CompressSweepCommand>();
}

} // namespace memory_collector
