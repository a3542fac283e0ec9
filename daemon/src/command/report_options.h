// SPDX-License-Identifier: GPL-2.0-only
//
// The options that every command with a report has.
#pragma once

#include "model/rows.h"
#include "sink/group_by.h"
#include "sink/output.h"
#include "sink/sink_registry.h"

#include <cstdint>
#include <memory>
#include <string>

namespace CLI {
class App;
}

namespace memory_collector {

class ReportOptions {
public:
    void add_to(CLI::App &app);

    // Throws UsageError if it is no duration or too short.
    std::uint64_t interval_ns() const;
    // Throws UsageError if it is none of those there are.
    GroupBy group_by() const;
    // Throws Error if the file cannot be written, UsageError if it is a terminal
    // and the format is for programs.
    Output open_output() const;
    // The default is a table on a terminal and jsonl elsewhere.
    std::unique_ptr<Sink> make_sink(Output &output) const { return make_sink(output, output.terminal()); }
    std::unique_ptr<Sink> make_sink(Output &output, bool terminal) const;
    // Throws OptionError for a format that is none.
    Framing framing() const;

    const std::string &format() const { return format_; }
    const std::string &output() const { return output_; }
    unsigned top() const { return top_; }

private:
    std::string interval_ = "1s";
    std::string by_ = "process";
    std::string format_;
    std::string output_;
    unsigned top_ = 0;
};

// Throws OptionError. The option is named without its dashes.
std::uint64_t duration_option(const char *option, const std::string &text);
std::uint64_t size_option(const char *option, const std::string &text);
// A share of one CPU: 0.01 for "1%".
double percent_option(const char *option, const std::string &text);

} // namespace memory_collector
