// SPDX-License-Identifier: GPL-2.0-only
//
// `oom`: who will run out of memory, and when.
#include "command/command.h"
#include "command/report_options.h"
#include "oom/sampler.h"
#include "oom/trace_writer.h"
#include "sink/output.h"
#include "support/clock.h"
#include "support/error.h"
#include "support/signals.h"

#include <CLI/CLI.hpp>
#include <spdlog/spdlog.h>

#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <string>

namespace memory_collector {

namespace {

using namespace oom;

class OomCommand : public Command {
public:
    void add_options(CLI::App &app) override
    {
        app.add_option("--interval", interval_, "time between two looks, 10ms to 10s")->capture_default_str();
        app.add_option("--duration", duration_, "stop after this time, such as 10s (default: when stopped)");
        app.add_option("--cgroup", cgroup_,
                       "watch this cgroup and those below it only, such as /system.slice (default: all)");
        app.add_option("--record", record_, "write what is observed to this new file; - is standard output");
    }

    int execute() override
    {
        const std::uint64_t interval = duration_option("interval", interval_);
        if (interval < 10 * ns_per_ms || interval > 10 * ns_per_s)
            throw OptionError("interval", "'" + interval_ + "' is not between 10ms and 10s");
        std::optional<std::uint64_t> duration;
        if (!duration_.empty())
            duration = duration_option("duration", duration_);
        raise_open_files();
        return record(interval, duration);
    }

private:
    static void raise_open_files()
    {
        rlimit files{};
        if (::getrlimit(RLIMIT_NOFILE, &files) != 0)
            return;
        files.rlim_cur = files.rlim_max;
        ::setrlimit(RLIMIT_NOFILE, &files);
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

    int record(std::uint64_t interval, std::optional<std::uint64_t> duration)
    {
        if (record_.empty())
            throw UsageError("nothing to do: give --record FILE");
        Signals stops;
        Output output = new_recording();
        TraceHeader header;
        header.interval_ns = interval;
        const std::uint64_t begun = monotonic_ns();
        header.start_ns = begun - begun % 1000;
        header.page_size = static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
        utsname name{};
        if (::uname(&name) == 0)
            header.kernel = name.release;
        TraceWriter writer{output, header};
        Sampler sampler{SamplerOptions{cgroup_}, writer};
        try {
            std::uint64_t next = begun;
            std::uint64_t flush = begun;
            while (true) {
                const std::uint64_t now = monotonic_ns();
                if (now >= next) {
                    sampler.round(now);
                    // Late looks are not made up for.
                    next = std::max(next + interval, now - (now - begun) % interval);
                    if (now >= flush) {
                        output.flush();
                        flush = now + ns_per_s;
                    }
                }
                if (duration && now >= begun + *duration)
                    break;
                const std::uint64_t after = monotonic_ns();
                std::uint64_t wake = next;
                if (duration)
                    wake = std::min(wake, begun + *duration);
                if (stops.wait(wake > after ? wake - after : 0).stop != 0)
                    break;
            }
            output.flush();
        } catch (const OutputClosed &) {
            return exit_done;
        }
        return output.dropped_rows() == 0 ? exit_done : exit_failed;
    }

    std::string interval_ = "100ms";
    std::string duration_;
    std::string cgroup_;
    std::string record_;
};

} // namespace

std::unique_ptr<Command> make_oom_command()
{
    return std::make_unique<OomCommand>();
}

} // namespace memory_collector
