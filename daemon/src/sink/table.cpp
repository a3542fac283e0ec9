// SPDX-License-Identifier: GPL-2.0-only
//
// For people: per interval the processes that moved most first, with units,
// then the domains and a line on the interval; at the end the totals.
#include "sink/output.h"
#include "sink/sink_registry.h"
#include "support/clock.h"
#include "support/text.h"
#include "support/units.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <string>
#include <utility>
#include <vector>

namespace memory_collector {

namespace {

constexpr const char *unknown = "-";

// A row without borrowed text: it is kept until its interval is complete.
struct Line {
    // Or, of a group, how many processes it has.
    std::uint64_t pid = 0;
    std::string name;
    std::string flags;
    Number cpu_ns, rss, total, local, remote, peak, llc_mean, llc_max;
    std::uint64_t time_ns = 0;
    Real oom; // within 10 s
};

std::string bytes(const Number &value)
{
    return value ? format_bytes(*value) : unknown;
}

std::string rate(const Number &value, std::uint64_t time_ns)
{
    if (!value || time_ns == 0)
        return unknown;
    return format_bytes(static_cast<double>(*value) * 1e9 / static_cast<double>(time_ns)) + "/s";
}

std::string seconds(std::uint64_t ns)
{
    std::array<char, 40> text{};
    std::snprintf(text.data(), text.size(), "%.3f s", static_cast<double>(ns) / 1e9);
    return text.data();
}

std::string percent(const Number &value, std::uint64_t of)
{
    if (!value || of == 0)
        return unknown;
    std::array<char, 40> text{};
    std::snprintf(text.data(), text.size(), "%.1f%%",
                  100.0 * static_cast<double>(*value) / static_cast<double>(of));
    return text.data();
}

std::string chance(const Real &probability)
{
    if (!probability)
        return unknown;
    std::array<char, 40> text{};
    std::snprintf(text.data(), text.size(), "%.0f%%", 100 * *probability);
    return text.data();
}

void pad_left(std::string &to, const std::string &text, std::size_t width)
{
    const std::size_t size = columns_of(text);
    if (size < width)
        to.append(width - size, ' ');
    to += text;
}

void pad_right(std::string &to, const std::string &text, std::size_t width)
{
    to += text;
    const std::size_t size = columns_of(text);
    if (size < width)
        to.append(width - size, ' ');
}

class TableSink : public Sink {
public:
    TableSink(Output &output, const SinkOptions &options) : output_(output), options_(options) {}

    void process(const ProcessRow &row) override
    {
        Line line;
        line.pid = row.pid;
        line.name = row.comm ? printable(*row.comm) : "?";
        if (row.container)
            line.name += " [" + container(row) + "]";
        measured(line, row);
        if (first_ns_ == 0 && row.type == RowType::process)
            first_ns_ = row.start_ns;
        (row.type == RowType::process_total ? totals_ : lines_).push_back(std::move(line));
        // Totals of a long run over many short processes: the busiest are kept.
        if (totals_.size() >= 2 * most_totals)
            keep_busiest(totals_, most_totals, dropped_totals_);
    }

    void group(const GroupRow &row) override
    {
        grouped_ = row.type;
        Line line;
        line.pid = row.processes;
        if (row.type == RowType::cgroup)
            line.name = row.cgroup ? printable(*row.cgroup) : "(unknown)";
        else
            line.name = row.container ? container(row) : "(none)";
        measured(line, row);
        lines_.push_back(std::move(line));
    }

    void domain(const DomainRow &row) override { domains_.push_back(row); }

    void soft(const SoftRow &row) override { softs_.push_back(row); }

    void interval(const IntervalRow &row) override
    {
        const std::uint64_t time = row.end_ns - row.start_ns;
        if (first_ns_ == 0)
            first_ns_ = row.start_ns;
        std::size_t hidden = 0;
        keep_busiest(lines_, options_.top == 0 ? lines_.size() : options_.top, hidden);

        std::string text =
            "\n" + bold("at " + seconds(row.end_ns - first_ns_)) + ", over " + seconds(time) + "\n";
        if (lines_.empty()) {
            text += "  no process ran\n";
        } else {
            table(text, lines_, false);
        }
        if (hidden != 0)
            text += "  and " + std::to_string(hidden) + " more " + plural() + "\n";
        for (const DomainRow &domain : domains_) {
            text += "  domain " + std::to_string(domain.domain) + ": " + rate(domain.total_bytes, time);
            if (domain.local_bytes)
                text += ", local " + rate(domain.local_bytes, time);
            if (domain.unattributed_bytes)
                text += ", unattributed " + format_bytes(*domain.unattributed_bytes);
            if (domain.lost_bytes && *domain.lost_bytes != 0)
                text += ", of it lost " + format_bytes(*domain.lost_bytes);
            text += '\n';
        }
        for (const SoftRow &soft : softs_)
            text += "  soft RMIDs of domain " + std::to_string(soft.domain) + ": " +
                    rate(soft.total_bytes, time) + " by processes without their own, cache of all " +
                    bytes(soft.llc_bytes_mean) + '\n';
        text += std::exchange(events_, {});
        text += "  " + std::to_string(row.slots) + " slots, " + std::to_string(row.missed_ticks) +
                " missed ticks, " + std::to_string(row.events) + " events, " +
                std::to_string(row.lost_events) + " lost";
        if (row.lag_ns != 0)
            text += ", readings up to " + std::to_string((row.lag_ns + 999'999) / 1'000'000) + " ms late";
        for (const std::string_view note : row.notes)
            text += ", " + std::string{note};
        if (row.reason)
            text += " (" + std::string{*row.reason} + ")";
        text += '\n';
        output_.row(text);
        lines_.clear();
        domains_.clear();
        softs_.clear();
    }

    void oom(const OomRow &row) override
    {
        std::string text = "OOM kill at " + seconds(row.time_ns - std::min(first_ns_, row.time_ns)) +
                           ": pid " + std::to_string(row.pid) + " " + (row.comm ? printable(*row.comm) : "?");
        if (row.container)
            text += " [" + container(row) + "]";
        if (row.constraint)
            text += *row.constraint == "cgroup" ? ", its cgroup is full"
                    : *row.constraint == "host" ? ", the machine is full"
                                                : ", by " + std::string{*row.constraint};
        if (row.cgroup)
            text += ", in " + printable(*row.cgroup);
        text += ", RSS " + bytes(row.rss_bytes) + " (anonymous " + bytes(row.rss_anon_bytes) + "), swap " +
                bytes(row.swap_bytes) + "; memory was wanted by pid " + std::to_string(row.trigger_pid) +
                " " + (row.trigger_comm ? printable(*row.trigger_comm) : "?");
        events_ += "  " + bold(text) + "\n";
    }

    void reclaim(const ReclaimRow &row) override
    {
        const auto pages = [](std::uint64_t stalls, std::uint64_t ns, std::uint64_t freed) {
            return std::to_string(stalls) + " stalls, " + seconds(ns) + ", " + std::to_string(freed) +
                   " pages";
        };
        std::string text;
        if (row.kswapd_wakes != 0 || row.kswapd_reclaimed_pages.value_or(0) != 0)
            text += "; kswapd: " + std::to_string(row.kswapd_wakes) + " wakes, " +
                    (row.kswapd_reclaimed_pages ? std::to_string(*row.kswapd_reclaimed_pages) : unknown) +
                    " pages";
        if (row.direct_stalls != 0)
            text +=
                "; for the machine: " + pages(row.direct_stalls, row.direct_ns, row.direct_reclaimed_pages);
        if (row.cgroup_stalls != 0)
            text += "; for cgroups: " + pages(row.cgroup_stalls, row.cgroup_ns, row.cgroup_reclaimed_pages);
        if (!text.empty())
            events_ += "  reclaim: " + text.substr(2) + "\n";
    }

    void self(const SelfRow &row) override
    {
        const std::uint64_t time = row.end_ns - row.start_ns;
        events_ += "  collector: " + percent(row.cpu_time_ns, time) + " of a CPU";
        if (row.bpf_run_ns)
            events_ += " and " + percent(row.bpf_run_ns, time) + " in eBPF programs";
        events_ += ", " + bytes(row.rss_bytes) + ", eBPF maps " + bytes(row.map_bytes) + "\n";
    }

    void self_program(const SelfProgramRow &) override {}

    void loss(const LossRow &row) override
    {
        emitted_ += row.emitted;
        read_ += row.read;
        lost_ += row.lost;
    }

    void flush() override { output_.flush(); }

    void finish() override
    {
        if (!totals_.empty() || emitted_ != 0) {
            std::size_t hidden = dropped_totals_;
            keep_busiest(totals_, options_.top == 0 ? totals_.size() : options_.top, hidden);
            std::string text = "\n" + bold("whole run") + "\n";
            if (!totals_.empty())
                table(text, totals_, true);
            if (hidden != 0)
                text += "  and " + std::to_string(hidden) + " more processes\n";
            text += "  events: " + std::to_string(emitted_) + " emitted = " + std::to_string(read_) +
                    " read + " + std::to_string(lost_) + " lost\n";
            output_.row(text);
        }
        output_.flush();
    }

private:
    static constexpr std::size_t most_totals = 4096;
    static constexpr std::size_t least_name = 20;
    static constexpr std::size_t most_name = 60;

    static void keep_busiest(std::vector<Line> &lines, std::size_t count, std::size_t &dropped)
    {
        std::stable_sort(lines.begin(), lines.end(), [](const Line &a, const Line &b) {
            return std::tuple{a.total.value_or(0), a.cpu_ns.value_or(0)} >
                   std::tuple{b.total.value_or(0), b.cpu_ns.value_or(0)};
        });
        if (lines.size() > count) {
            dropped += lines.size() - count;
            lines.resize(count);
        }
    }

    std::string bold(const std::string &text) const
    {
        return options_.color ? "\x1b[1m" + text + "\x1b[0m" : text;
    }

    // The name of a container, or as much of its id as its runtime shows.
    template <typename Row> static std::string container(const Row &row)
    {
        return printable(row.container_name ? *row.container_name : row.container->substr(0, 12));
    }

    template <typename Row> static void measured(Line &line, const Row &row)
    {
        for (const std::string_view flag : row.flags)
            line.flags += (line.flags.empty() ? "" : ",") + std::string{flag};
        line.cpu_ns = row.cpu_time_ns;
        line.rss = row.rss_bytes;
        line.total = row.total_bytes;
        line.local = row.local_bytes;
        line.remote = row.remote_bytes;
        line.peak = row.peak_bytes_per_s;
        line.llc_mean = row.llc_bytes_mean;
        line.llc_max = row.llc_bytes_max;
        line.time_ns = row.end_ns - row.start_ns;
        line.oom = row.oom.within[OomOutlook::within_10s];
    }

    const char *plural() const
    {
        return grouped_ == RowType::cgroup      ? "cgroups"
               : grouped_ == RowType::container ? "containers"
                                                : "processes";
    }

    void table(std::string &text, const std::vector<Line> &lines, bool total) const
    {
        // Paths of cgroups are longer than names of processes.
        std::size_t width = least_name;
        if (grouped_ != RowType::process)
            for (const Line &line : lines)
                width = std::max(width, std::min(columns_of(line.name), most_name));
        const Shown shown{width, total, std::any_of(lines.begin(), lines.end(), [](const Line &line) {
                              return line.oom.has_value();
                          })};
        header(text, grouped_ == RowType::process ? "PID" : "PROCS", shown);
        for (const Line &line : lines)
            body(text, line, shown);
    }

    struct Shown {
        std::size_t width; // of names
        bool total;        // of the whole run
        bool oom;
    };

    static void header(std::string &text, const char *first, const Shown &shown)
    {
        pad_left(text, first, 8);
        text += "  ";
        pad_right(text, "NAME", shown.width);
        pad_left(text, shown.total ? "CPU TIME" : "CPU", 11);
        pad_left(text, "RSS", 11);
        pad_left(text, "TOTAL", 13);
        pad_left(text, "LOCAL", 13);
        pad_left(text, "REMOTE", 13);
        pad_left(text, "PEAK", 13);
        pad_left(text, "LLC MEAN", 11);
        pad_left(text, "LLC MAX", 11);
        if (shown.oom)
            pad_left(text, "OOM 10s", 9);
        text += "  FLAGS\n";
    }

    static void body(std::string &text, const Line &line, const Shown &shown)
    {
        const auto amount = [&](const Number &value) {
            return shown.total ? bytes(value) : rate(value, line.time_ns);
        };
        pad_left(text, std::to_string(line.pid), 8);
        text += "  ";
        pad_right(text, line.name, shown.width);
        pad_left(text,
                 shown.total ? (line.cpu_ns ? seconds(*line.cpu_ns) : unknown)
                             : percent(line.cpu_ns, line.time_ns),
                 11);
        pad_left(text, bytes(line.rss), 11);
        pad_left(text, amount(line.total), 13);
        pad_left(text, amount(line.local), 13);
        pad_left(text, amount(line.remote), 13);
        pad_left(text, line.peak ? bytes(line.peak) + "/s" : unknown, 13);
        pad_left(text, bytes(line.llc_mean), 11);
        pad_left(text, bytes(line.llc_max), 11);
        if (shown.oom)
            pad_left(text, chance(line.oom), 9);
        if (!line.flags.empty())
            text += "  " + line.flags;
        text += '\n';
    }

    Output &output_;
    SinkOptions options_;
    std::vector<Line> lines_;
    std::vector<Line> totals_;
    std::vector<DomainRow> domains_;
    std::vector<SoftRow> softs_;
    // Lines of what happened beside, of the open interval.
    std::string events_;
    std::size_t dropped_totals_ = 0;
    // What the lines are of.
    RowType grouped_ = RowType::process;
    std::uint64_t first_ns_ = 0;
    std::uint64_t emitted_ = 0;
    std::uint64_t read_ = 0;
    std::uint64_t lost_ = 0;
};

} // namespace

std::unique_ptr<Sink> make_table_sink(Output &output, const SinkOptions &options)
{
    return std::make_unique<TableSink>(output, options);
}

} // namespace memory_collector
