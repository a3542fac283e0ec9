// SPDX-License-Identifier: GPL-2.0-only
#include "probe/lines.h"

#include "sink/json_line.h"

#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <iterator>

namespace memory_collector::probe {

namespace {

// In the order of the text line; those without a name there are in JSON only.
struct SwapColumn {
    mc_probe_swap_count which;
    std::string_view text;
    std::string_view json;
};
constexpr SwapColumn swap_columns[] = {
    {MC_PROBE_KSWAPD_WAKE, "kswapd_wake", "kswapd_wake"},
    {MC_PROBE_KSWAPD_SLEEP, "kswapd_sleep", "kswapd_sleep"},
    {MC_PROBE_DIRECT_BEGIN, "direct_begin", "direct_begin"},
    {MC_PROBE_DIRECT_END, "direct_end", "direct_end"},
    {MC_PROBE_DIRECT_PAGES, "reclaim_pages", "reclaim_pages"},
    {MC_PROBE_WRITE_FOLIO, "write_folio", "write_folio"},
    {MC_PROBE_DIRECT_NS, "", "direct_ns"},
    {MC_PROBE_MEMCG_BEGIN, "", "memcg_begin"},
    {MC_PROBE_MEMCG_END, "", "memcg_end"},
    {MC_PROBE_MEMCG_PAGES, "", "memcg_reclaim_pages"},
    {MC_PROBE_MEMCG_NS, "", "memcg_ns"},
};

// A number that a reader of JSON might round: as text.
class Hexadecimal {
public:
    explicit Hexadecimal(std::uint64_t value) { end_ = fmt::format_to(text_.begin(), "0x{:x}", value); }
    operator Text() const
    {
        return std::string_view{text_.data(), static_cast<std::size_t>(end_ - text_.begin())};
    }

private:
    std::array<char, 20> text_{};
    std::array<char, 20>::iterator end_;
};

void append_figure(std::string &to, std::string_view name, const Figure &value)
{
    if (value)
        fmt::format_to(std::back_inserter(to), " {}={}", name, *value);
    else
        fmt::format_to(std::back_inserter(to), " {}=-", name);
}

} // namespace

void append_word(std::string &to, std::string_view name)
{
    if (name.empty())
        to += '-';
    for (const char c : name) {
        const auto byte = static_cast<unsigned char>(c);
        if (byte <= ' ' || byte >= 0x7f || c == '"' || c == '\'' || c == '\\')
            fmt::format_to(std::back_inserter(to), "\\x{:02x}", byte);
        else
            to += c;
    }
}

std::string_view comm_of(std::span<const char, MC_BPF_COMM_LEN> comm)
{
    const auto end = std::find(comm.begin(), comm.end(), '\0');
    return {comm.data(), static_cast<std::size_t>(end - comm.begin())};
}

void append_fork(std::string &to, Format format, const mc_probe_fork &event)
{
    if (format == Format::text) {
        fmt::format_to(std::back_inserter(to), "hello world {}\n", event.pid);
        return;
    }
    JsonLine line{to, "fork"};
    line("time_ns", event.time_ns);
    line("pid", event.pid);
    line("ppid", event.ppid);
    line("comm", Text{comm_of(event.comm)});
    line("cgroup_id", event.cgroup_id);
    line.end();
}

void append_fault(std::string &to, Format format, const mc_probe_fault &event)
{
    const std::string_view type = event.kernel != 0 ? "kernel" : "user";
    if (format == Format::text) {
        fmt::format_to(std::back_inserter(to), "page_fault pid={} comm=", event.pid);
        append_word(to, comm_of(event.comm));
        fmt::format_to(std::back_inserter(to), " type={} addr=0x{:x} ip=0x{:x}\n", type, event.address,
                       event.ip);
        return;
    }
    JsonLine line{to, "page_fault"};
    line("time_ns", event.time_ns);
    line("pid", event.pid);
    line("tid", event.tid);
    line("comm", Text{comm_of(event.comm)});
    line("mode", Text{type});
    line("addr", Hexadecimal{event.address});
    line("ip", Hexadecimal{event.ip});
    line("error_code", event.error_code);
    line("cgroup_id", event.cgroup_id);
    line.end();
}

void append_swap(std::string &to, Format format, const SwapSecond &second)
{
    if (format == Format::text) {
        fmt::format_to(std::back_inserter(to), "swap_probe ts={}", second.ts);
        for (const SwapColumn &column : swap_columns)
            if (!column.text.empty())
                append_figure(to, column.text, second.counts.at(column.which));
        append_figure(to, "last_pid", second.last_pid);
        to += " last_comm=";
        append_word(to, second.last_comm);
        to += '\n';
        return;
    }
    JsonLine line{to, "swap"};
    line("ts", second.ts);
    line("time_ns", second.time_ns);
    for (const SwapColumn &column : swap_columns)
        line(column.json, second.counts.at(column.which));
    line("last_pid", Number{second.last_pid});
    line("last_comm", second.last_pid ? Text{second.last_comm} : Text{});
    line.end();
}

void append_process(std::string &to, Format format, std::string_view type, const NamedProcess &process,
                    std::span<const Column> columns)
{
    if (format == Format::text) {
        fmt::format_to(std::back_inserter(to), "{} pid={} comm=", type, process.pid);
        append_word(to, process.comm);
        for (const Column &column : columns)
            append_figure(to, column.name, column.value);
        to += '\n';
        return;
    }
    JsonLine line{to, type};
    line("pid", process.pid);
    line("start_time_ns", process.start_time_ns);
    line("comm", Text{process.comm});
    for (const Column &column : columns)
        line(column.name, column.value);
    line.end();
}

void append_histogram(std::string &to, Format format, std::string_view what,
                      std::span<const std::uint64_t, MC_PROBE_BUCKETS> buckets)
{
    for (std::size_t i = 0; i < buckets.size(); i++) {
        if (buckets[i] == 0)
            continue;
        const std::uint64_t from = i == 0 ? 0 : std::uint64_t{1} << i;
        // The last one has no end.
        const Figure below = i + 1 < buckets.size() ? Figure{std::uint64_t{2} << i} : Figure{};
        if (format == Format::text) {
            fmt::format_to(std::back_inserter(to), "latency of={}", what);
            append_figure(to, "from_ns", from);
            append_figure(to, "below_ns", below);
            append_figure(to, "count", buckets[i]);
            to += '\n';
            continue;
        }
        JsonLine line{to, "latency"};
        line("of", Text{what});
        line("from_ns", from);
        line("below_ns", below);
        line("count", buckets[i]);
        line.end();
    }
}

} // namespace memory_collector::probe
