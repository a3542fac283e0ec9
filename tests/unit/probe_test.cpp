// SPDX-License-Identifier: GPL-2.0-only
#include "command/command.h"
#include "probe/fault_summary.h"
#include "probe/lines.h"
#include "probe/settings.h"
#include "support/error.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <string>

namespace memory_collector::probe {
namespace {

constexpr std::string_view hostile = "a\nb \"\x1b\\\xff'=";

template <std::size_t size> void name(char (&to)[size], std::string_view text)
{
    text.copy(to, size);
}

mc_probe_fault fault(std::string_view comm)
{
    mc_probe_fault event{};
    event.time_ns = 5;
    event.pid = 12345;
    event.tid = 12346;
    event.address = 0x7f2ea77f4b90;
    event.ip = 0x555f82b2f123;
    event.error_code = 7;
    event.cgroup_id = 9;
    name(event.comm, comm);
    return event;
}

std::string text_of(const mc_probe_fault &event, Format format = Format::text)
{
    std::string line;
    append_fault(line, format, event);
    return line;
}

TEST(ProbeLines, Fork)
{
    mc_probe_fork event{};
    event.pid = 4711;
    event.ppid = 1;
    name(event.comm, hostile.substr(0, 9));
    std::string line;
    append_fork(line, Format::text, event);
    EXPECT_EQ(line, "hello world 4711\n");
    line.clear();
    append_fork(line, Format::jsonl, event);
    const auto row = nlohmann::json::parse(line);
    EXPECT_EQ(row["type"], "fork");
    EXPECT_EQ(row["pid"], 4711);
    EXPECT_EQ(row["ppid"], 1);
    EXPECT_EQ(row["comm"], "a\nb \"\x1b\\\xef\xbf\xbd'");
}

TEST(ProbeLines, Fault)
{
    EXPECT_EQ(text_of(fault("bash")),
              "page_fault pid=12345 comm=bash type=user addr=0x7f2ea77f4b90 ip=0x555f82b2f123\n");
    mc_probe_fault kernel = fault("bash");
    kernel.kernel = 1;
    kernel.ip = 0xffffffff81000000;
    EXPECT_EQ(text_of(kernel),
              "page_fault pid=12345 comm=bash type=kernel addr=0x7f2ea77f4b90 ip=0xffffffff81000000\n");
    const auto row = nlohmann::json::parse(text_of(kernel, Format::jsonl));
    EXPECT_EQ(row["mode"], "kernel");
    EXPECT_EQ(row["addr"], "0x7f2ea77f4b90");
    EXPECT_EQ(row["ip"], "0xffffffff81000000");
    EXPECT_EQ(row["tid"], 12346);
    EXPECT_EQ(row["error_code"], 7);
    EXPECT_EQ(row["cgroup_id"], 9);
}

TEST(ProbeLines, NameStaysAWord)
{
    EXPECT_EQ(
        text_of(fault(hostile)),
        "page_fault pid=12345 comm=a\\x0ab\\x20\\x22\\x1b\\x5c\\xff\\x27= type=user addr=0x7f2ea77f4b90 "
        "ip=0x555f82b2f123\n");
    EXPECT_NE(text_of(fault("")).find(" comm=- "), std::string::npos);
    // All 16 bytes, none of them NUL.
    EXPECT_NE(text_of(fault("0123456789abcdef")).find(" comm=0123456789abcdef "), std::string::npos);
}

TEST(ProbeLines, Swap)
{
    SwapSecond second;
    second.ts = 1739983562;
    second.counts = {1, 0, 3, 3, 2, 77, 1, 0, 0, 0, 0};
    second.last_pid = 2104;
    second.last_comm = "firefox";
    std::string line;
    append_swap(line, Format::text, second);
    EXPECT_EQ(line, "swap_probe ts=1739983562 kswapd_wake=1 kswapd_sleep=0 direct_begin=3 direct_end=3 "
                    "reclaim_pages=2 write_folio=1 last_pid=2104 last_comm=firefox\n");
    line.clear();
    append_swap(line, Format::jsonl, second);
    const auto row = nlohmann::json::parse(line);
    EXPECT_EQ(row["direct_ns"], 77);
    EXPECT_EQ(row["last_comm"], "firefox");
}

TEST(ProbeLines, SwapWithoutATracepoint)
{
    SwapSecond second;
    second.ts = 5;
    second.counts.fill(4);
    second.counts.at(MC_PROBE_WRITE_FOLIO).reset();
    std::string line;
    append_swap(line, Format::text, second);
    EXPECT_EQ(line,
              "swap_probe ts=5 kswapd_wake=4 kswapd_sleep=4 direct_begin=4 direct_end=4 reclaim_pages=4 "
              "write_folio=- last_pid=- last_comm=-\n");
    line.clear();
    append_swap(line, Format::jsonl, second);
    const auto row = nlohmann::json::parse(line);
    EXPECT_TRUE(row["write_folio"].is_null());
    EXPECT_TRUE(row["last_pid"].is_null());
    EXPECT_TRUE(row["last_comm"].is_null());
}

TEST(ProbeLines, Histogram)
{
    std::array<std::uint64_t, MC_PROBE_BUCKETS> buckets{};
    buckets.front() = 1;
    buckets[9] = 12;
    buckets.back() = 3;
    std::string lines;
    append_histogram(lines, Format::text, "minor_fault", buckets);
    EXPECT_EQ(lines, "latency of=minor_fault from_ns=0 below_ns=2 count=1\n"
                     "latency of=minor_fault from_ns=512 below_ns=1024 count=12\n"
                     "latency of=minor_fault from_ns=549755813888 below_ns=- count=3\n");
    lines.clear();
    append_histogram(lines, Format::jsonl, "minor_fault", buckets);
    EXPECT_EQ(std::count(lines.begin(), lines.end(), '\n'), 3);
    const auto last = nlohmann::json::parse(lines.substr(lines.rfind("{")));
    EXPECT_TRUE(last["below_ns"].is_null());
    EXPECT_EQ(last["count"], 3);
}

TEST(ProbeLines, Process)
{
    const std::array<Column, 2> columns{{{"minor", 7}, {"minor_ns", {}}}};
    std::string line;
    append_process(line, Format::text, "fault_summary", {12, 99, "a b"}, columns);
    EXPECT_EQ(line, "fault_summary pid=12 comm=a\\x20b minor=7 minor_ns=-\n");
    line.clear();
    append_process(line, Format::jsonl, "fault_summary", {12, 99, "a b"}, columns);
    const auto row = nlohmann::json::parse(line);
    EXPECT_EQ(row["comm"], "a b");
    EXPECT_EQ(row["start_time_ns"], 99);
    EXPECT_TRUE(row["minor_ns"].is_null());
}

ebpf::ProcessState process(std::uint32_t pid, std::uint64_t start, std::uint64_t minor, std::uint64_t major)
{
    ebpf::ProcessState state;
    state.key = {start, pid};
    state.min_flt = minor;
    state.maj_flt = major;
    name(state.comm, "late");
    return state;
}

TEST(FaultSpan, BeginsAndEndsWhereItIsTold)
{
    FaultSpan span;
    span.begin(std::array{process(1, 10, 100, 5), process(2, 10, 50, 0)});
    span.end(std::array{process(1, 10, 130, 6), process(3, 20, 40, 1)});
    mc_probe_faults faults{};
    name(faults.comm, "first");
    // Lives on; was there before it began and ended; began in between; is another of the same pid; is not
    // known.
    EXPECT_EQ(span.of({10, 1, 0}, faults), (FaultCounts{30, 1, "late"}));
    EXPECT_EQ(span.of({20, 3, 0}, faults), (FaultCounts{40, 1, "late"}));
    EXPECT_EQ(span.of({11, 1, 0}, faults), std::nullopt);
    EXPECT_EQ(span.of({10, 2, 0}, faults), std::nullopt);
    faults.ended = 1;
    faults.min_flt = 60;
    faults.maj_flt = 2;
    EXPECT_EQ(span.of({10, 2, 0}, faults), (FaultCounts{10, 2, "first"}));
    EXPECT_EQ(span.of({77, 2, 0}, faults), (FaultCounts{60, 2, "first"}));
}

TEST(ProbeSettings, Filter)
{
    Settings settings;
    mc_probe_filter filter = kernel_filter(settings);
    EXPECT_EQ(filter.by_comm + filter.by_cgroup + filter.pid + filter.summary + filter.trace_pipe, 0u);
    EXPECT_NE(filter.own_pid, 0u);
    settings.comm = "0123456789abcde";
    settings.pid = 7;
    settings.cgroup = "/x";
    filter = kernel_filter(settings);
    EXPECT_EQ(comm_of(filter.comm), settings.comm);
    EXPECT_EQ(filter.by_comm, 1u);
    EXPECT_EQ(filter.by_cgroup, 1u);
    EXPECT_EQ(filter.pid, 7u);
    EXPECT_THROW(open_cgroup("/proc"), OptionError);
    EXPECT_THROW(open_cgroup("/no/such/group"), OptionError);
}

} // namespace
} // namespace memory_collector::probe
