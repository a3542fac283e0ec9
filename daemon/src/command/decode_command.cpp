// SPDX-License-Identifier: GPL-2.0-only
//
// `decode`: what `--format protobuf` wrote, as `--format jsonl` would have.
#include "command/command.h"
#include "sink/output.h"
#include "sink/protobuf_row.h"
#include "sink/record_stream.h"
#include "support/error.h"
#include "support/fd.h"

#include <CLI/CLI.hpp>

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <string>

namespace memory_collector {

namespace {

class DecodeCommand : public Command {
public:
    void add_options(CLI::App &app) override
    {
        app.add_option("file", path_, "what --format protobuf wrote; - is standard input")
            ->option_text("[FILE]");
    }

    int execute() override
    {
        std::signal(SIGPIPE, SIG_IGN);
        const UniqueFd file = open_input();
        Output output;
        RecordStream stream{file ? file.get() : STDIN_FILENO};
        std::string line;
        try {
            while (const auto record = stream.next()) {
                line.clear();
                append_row_as_jsonl(line, record->body);
                output.row(line);
                // A reader at the end of a pipe sees what has come so far.
                if (stream.drained())
                    output.flush();
            }
            output.flush();
        } catch (const OutputClosed &) {
            return exit_done;
        } catch (const DamagedRecord &error) {
            output.flush();
            throw Error(name() + " cannot be read on at byte " + std::to_string(stream.offset()) + ": " +
                        error.what() +
                        "; the rows before it were written. If the file was whole once, copy it anew");
        } catch (const Error &error) {
            output.flush();
            throw Error("cannot read " + name() + ": " + error.what());
        }
        return output.dropped_rows() == 0 ? exit_done : exit_failed;
    }

private:
    std::string name() const { return path_ == "-" ? "standard input" : "'" + path_ + "'"; }

    UniqueFd open_input() const
    {
        if (path_ == "-") {
            if (::isatty(STDIN_FILENO) == 1)
                throw UsageError("standard input is a terminal: name a file, or pipe in what "
                                 "memory-collector run --format protobuf writes");
            return UniqueFd{};
        }
        UniqueFd fd{::open(path_.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY)};
        if (!fd)
            throw Error("cannot read '" + path_ + "': " + error_text(errno) +
                        "; name a file that --format protobuf wrote");
        return fd;
    }

    std::string path_ = "-";
};

} // namespace

std::unique_ptr<Command> make_decode_command()
{
    return std::make_unique<DecodeCommand>();
}

} // namespace memory_collector
