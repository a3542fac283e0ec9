// SPDX-License-Identifier: GPL-2.0-only
//
// `report`: the rows of `run`, from a trace-cmd recording.
//
// A recording may be damaged or hostile, and the library that reads it was not
// written for that. So a child process reads it and writes the report to an
// unlinked file; only when it has come to a good end does the parent copy that
// to the output. What the child dies of is a clear message, never half a
// report.
#include "command/command.h"
#include "command/report_options.h"
#include "model/model.h"
#include "sink/record_stream.h"
#include "source/trace_file.h"
#include "support/error.h"
#include "support/fd.h"

#include <CLI/CLI.hpp>
#include <spdlog/spdlog.h>

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>

namespace memory_collector {

namespace {

UniqueFd unlinked_file()
{
    const char *directory = std::getenv("TMPDIR");
    const std::string where = directory != nullptr && *directory != '\0' ? directory : "/tmp";
    UniqueFd fd{::open(where.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600)};
    if (fd)
        return fd;
    std::string name = where + "/memory-collector.XXXXXX";
    fd.reset(::mkostemp(name.data(), O_CLOEXEC));
    if (!fd)
        throw Error("cannot make a temporary file in '" + where + "': " + error_text(errno) +
                    "; set TMPDIR to a directory with room for the report");
    ::unlink(name.c_str());
    return fd;
}

// A damaged length must not take the machine's memory, nor a damaged chain
// its time.
void limit_child(const std::string &path)
{
    struct stat status {};
    const auto size = ::stat(path.c_str(), &status) == 0 ? static_cast<rlim_t>(status.st_size) : 0;
    const rlim_t seconds = 60 + (size >> 20);
    const rlimit cpu{seconds, seconds};
    ::setrlimit(RLIMIT_CPU, &cpu);
    const rlimit core{0, 0};
    ::setrlimit(RLIMIT_CORE, &core);
#ifndef __SANITIZE_ADDRESS__
    const rlim_t bytes = (rlim_t{4} << 30) + 8 * size;
    const rlimit memory{bytes, bytes};
    ::setrlimit(RLIMIT_AS, &memory);
#endif
}

class ReportCommand : public Command {
public:
    void add_options(CLI::App &app) override
    {
        app.add_option("recording", path_, "what trace-cmd record -e memory_collector wrote")
            ->required()
            ->option_text("TRACE.dat");
        options_.add_to(app);
    }

    int execute() override
    {
        const std::uint64_t interval = options_.interval_ns();
        if (options_.group_by() != GroupBy::process)
            throw UsageError(
                "--by: a recording does not tell the cgroup of a process, which only /proc of the "
                "running machine does; use --by process, or the same option of "
                "'memory-collector run'");
        std::signal(SIGPIPE, SIG_IGN);
        Output output = options_.open_output();
        const bool terminal = output.terminal();
        const UniqueFd report = unlinked_file();

        const pid_t child = ::fork();
        if (child < 0)
            throw Error("cannot fork: " + error_text(errno));
        if (child == 0)
            ::_exit(exit_code_of([&] { return read_recording(interval, terminal, report.get()); }));
        int status = 0;
        while (::waitpid(child, &status, 0) < 0)
            if (errno != EINTR)
                throw Error("cannot wait for the reading process: " + error_text(errno));
        if (WIFSIGNALED(status)) {
            const int signal = WTERMSIG(status);
            const char *const name = ::sigabbrev_np(signal);
            throw Error("'" + path_ + "' is corrupt: reading it ended with signal " +
                        (name != nullptr ? "SIG" + std::string{name} : std::to_string(signal)) +
                        "; record it again with trace-cmd record -e memory_collector");
        }
        if (WEXITSTATUS(status) != exit_done)
            return WEXITSTATUS(status);
        try {
            copy(report.get(), output, options_.framing());
        } catch (const OutputClosed &) {
            return exit_done;
        }
        return output.dropped_rows() == 0 ? exit_done : exit_failed;
    }

private:
    int read_recording(std::uint64_t interval, bool terminal, int to) const
    {
        limit_child(path_);
        try {
            TraceFile file{path_};
            Output output = Output::descriptor(to, options_.framing());
            const std::unique_ptr<Sink> sink = options_.make_sink(output, terminal);
            ModelOptions options;
            options.interval_ns = interval;
            options.page_size = file.page_size();
            Model model{options, *sink};
            file.feed(model);
            for (const std::string &mismatch : model.loss_mismatches())
                spdlog::error("lost events do not add up: {}", mismatch);
            return output.dropped_rows() == 0 ? exit_done : exit_failed;
        } catch (const std::bad_alloc &) {
            throw Error("'" + path_ +
                        "' is corrupt: reading it takes more memory than a recording of its size can");
        }
    }

    // Row by row, so that the output keeps its promises about whole rows.
    static void copy(int from, Output &output, Framing framing)
    {
        if (::lseek(from, 0, SEEK_SET) < 0)
            throw Error("cannot read the report back: " + error_text(errno));
        if (framing == Framing::records) {
            RecordStream stream{from};
            while (const auto record = stream.next())
                output.row(record->whole);
            output.flush();
            return;
        }
        std::string rest;
        std::array<char, 65536> buffer{};
        while (true) {
            const ssize_t size = ::read(from, buffer.data(), buffer.size());
            if (size < 0 && errno == EINTR)
                continue;
            if (size < 0)
                throw Error("cannot read the report back: " + error_text(errno));
            if (size == 0)
                break;
            rest.append(buffer.data(), static_cast<std::size_t>(size));
            std::size_t at = 0;
            for (std::size_t end; (end = rest.find('\n', at)) != std::string::npos; at = end + 1)
                output.row(std::string_view{rest}.substr(at, end + 1 - at));
            rest.erase(0, at);
        }
        output.flush();
    }

    std::string path_;
    ReportOptions options_;
};

} // namespace

std::unique_ptr<Command> make_report_command()
{
    return std::make_unique<ReportCommand>();
}

} // namespace memory_collector
