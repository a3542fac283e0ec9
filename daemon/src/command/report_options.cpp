// SPDX-License-Identifier: GPL-2.0-only
#include "command/report_options.h"

#include "support/clock.h"
#include "support/error.h"
#include "support/units.h"

#include <CLI/CLI.hpp>

#include <charconv>
#include <string_view>
#include <system_error>

namespace memory_collector {

std::uint64_t duration_option(const char *option, const std::string &text)
{
    const auto value = parse_duration(text);
    if (!value)
        throw OptionError(option, "'" + text + "' is no duration: give " + duration_help);
    return *value;
}

std::uint64_t size_option(const char *option, const std::string &text)
{
    const auto value = parse_size(text);
    if (!value)
        throw OptionError(option, "'" + text + "' is no size: give " + size_help);
    return *value;
}

double percent_option(const char *option, const std::string &text)
{
    double percent = 0;
    const char *const end = text.data() + text.size();
    const auto [rest, error] = std::from_chars(text.data(), end, percent);
    if (error != std::errc{} || std::string_view{rest, static_cast<std::size_t>(end - rest)} != "%" ||
        !(percent > 0) || percent > 100'000)
        throw OptionError(option,
                          "'" + text + "' is no share of a CPU: give a number above 0 and %, such as 0.5%");
    return percent / 100;
}

void ReportOptions::add_to(CLI::App &app)
{
    app.add_option("--interval", interval_, "length of a reporting interval, such as 500ms")
        ->capture_default_str();
    app.add_option("--by", by_, "a row for each process, container or cgroup")->capture_default_str();
    app.add_option("--format", format_,
                   "table, jsonl, csv or protobuf (default: table on a terminal, else jsonl)");
    app.add_option("--output", output_, "append to this file instead of writing to standard output");
    app.add_option("--top", top_, "show at most this many processes per interval in the table");
}

std::uint64_t ReportOptions::interval_ns() const
{
    const std::uint64_t interval = duration_option("interval", interval_);
    if (interval < ns_per_ms)
        throw OptionError("interval", "'" + interval_ + "' is too short: the least is 1ms");
    if (interval > 24ull * 3600 * ns_per_s)
        throw OptionError("interval", "'" + interval_ + "' is too long: the most is 24h");
    return interval;
}

GroupBy ReportOptions::group_by() const
{
    if (by_ == "process")
        return GroupBy::process;
    if (by_ == "container")
        return GroupBy::container;
    if (by_ == "cgroup")
        return GroupBy::cgroup;
    throw OptionError("by", "'" + by_ + "' is none of process, container, cgroup");
}

Framing ReportOptions::framing() const
{
    return format_.empty() ? Framing::lines : sink_entry(format_).framing;
}

Output ReportOptions::open_output() const
{
    Output output = output_.empty() ? Output{framing()} : Output{output_, framing()};
    if (framing() == Framing::records && output.terminal())
        throw OptionError("format", format_ +
                                        " is not for a terminal; name a file with --output, pipe it into "
                                        "memory-collector decode, or take --format jsonl");
    return output;
}

std::unique_ptr<Sink> ReportOptions::make_sink(Output &output, bool terminal) const
{
    SinkOptions options;
    options.top = top_;
    options.color = terminal;
    const std::string format = !format_.empty() ? format_ : terminal ? "table" : "jsonl";
    return grouped_by(group_by(), memory_collector::make_sink(format, output, options));
}

} // namespace memory_collector
