// SPDX-License-Identifier: GPL-2.0-only
//
// Rows that the eBPF source alone has: of events, of the machine's memory, and of
// the collector itself.
#pragma once

#include "model/row_parts.h"

#include <cstdint>
#include <string_view>

namespace memory_collector {

// A process that the kernel chose to kill for want of memory, as it was then.
struct OomRow {
    static constexpr RowType type = RowType::oom;
    std::uint64_t time_ns = 0;
    std::uint32_t pid = 0;
    Number start_time_ns;
    Text comm;
    Text cmdline;
    Text cgroup;
    Text container;
    Text container_name;
    Text container_runtime;
    Text pod;
    Text unit;
    Number ns_pid;
    Number rss_bytes;
    Number rss_anon_bytes;
    Number rss_file_bytes;
    Number rss_shmem_bytes;
    Number swap_bytes;
    Signed oom_score_adj;
    // Whose memory had run out: cgroup, host, or nobody's (sysrq).
    Text constraint;
    // That could not get memory, and so made the kernel kill.
    std::uint32_t trigger_pid = 0;
    Text trigger_comm;
};

template <typename Visit> void columns(const OomRow &row, Visit &&visit)
{
    visit("time_ns", row.time_ns);
    visit("pid", std::uint64_t{row.pid});
    visit("start_time_ns", row.start_time_ns);
    visit("comm", row.comm);
    visit("cmdline", row.cmdline);
    place_columns(row, visit);
    visit("ns_pid", row.ns_pid);
    memory_columns(row, visit);
    visit("oom_score_adj", row.oom_score_adj);
    visit("constraint", row.constraint);
    visit("trigger_pid", std::uint64_t{row.trigger_pid});
    visit("trigger_comm", row.trigger_comm);
}

// What the whole machine did in an interval to free memory: by kswapd, by processes that waited
// for the machine's memory (direct), and by those that waited for their cgroup's.
struct ReclaimRow {
    static constexpr RowType type = RowType::reclaim;
    std::uint64_t start_ns = 0;
    std::uint64_t end_ns = 0;
    std::uint64_t kswapd_wakes = 0;
    Number kswapd_scanned_pages;
    Number kswapd_reclaimed_pages;
    std::uint64_t direct_stalls = 0;
    std::uint64_t direct_ns = 0;
    Number direct_scanned_pages;
    std::uint64_t direct_reclaimed_pages = 0;
    std::uint64_t cgroup_stalls = 0;
    std::uint64_t cgroup_ns = 0;
    Number cgroup_scanned_pages;
    std::uint64_t cgroup_reclaimed_pages = 0;
};

template <typename Visit> void columns(const ReclaimRow &row, Visit &&visit)
{
    visit("start_ns", row.start_ns);
    visit("end_ns", row.end_ns);
    visit("kswapd_wakes", row.kswapd_wakes);
    visit("kswapd_scanned_pages", row.kswapd_scanned_pages);
    visit("kswapd_reclaimed_pages", row.kswapd_reclaimed_pages);
    visit("direct_stalls", row.direct_stalls);
    visit("direct_ns", row.direct_ns);
    visit("direct_scanned_pages", row.direct_scanned_pages);
    visit("direct_reclaimed_pages", row.direct_reclaimed_pages);
    visit("cgroup_stalls", row.cgroup_stalls);
    visit("cgroup_ns", row.cgroup_ns);
    visit("cgroup_scanned_pages", row.cgroup_scanned_pages);
    visit("cgroup_reclaimed_pages", row.cgroup_reclaimed_pages);
}

// What the collector itself costs, in an interval.
struct SelfRow {
    static constexpr RowType type = RowType::self;
    std::uint64_t start_ns = 0;
    std::uint64_t end_ns = 0;
    Number cpu_time_ns;
    Number rss_bytes;
    // Of the kernel's memory: maps of eBPF programs.
    Number map_bytes;
    // Of eBPF programs in the time of others. The task iterator's is in cpu_time_ns.
    Number bpf_run_ns;
    Number bpf_runs;
};

template <typename Visit> void columns(const SelfRow &row, Visit &&visit)
{
    visit("start_ns", row.start_ns);
    visit("end_ns", row.end_ns);
    visit("cpu_time_ns", row.cpu_time_ns);
    visit("rss_bytes", row.rss_bytes);
    visit("map_bytes", row.map_bytes);
    visit("bpf_run_ns", row.bpf_run_ns);
    visit("bpf_runs", row.bpf_runs);
}

// One eBPF program of those, in an interval.
struct SelfProgramRow {
    static constexpr RowType type = RowType::self_program;
    std::uint64_t start_ns = 0;
    std::uint64_t end_ns = 0;
    Text group;
    Text program;
    std::uint64_t run_ns = 0;
    std::uint64_t runs = 0;
};

template <typename Visit> void columns(const SelfProgramRow &row, Visit &&visit)
{
    visit("start_ns", row.start_ns);
    visit("end_ns", row.end_ns);
    visit("group", row.group);
    visit("program", row.program);
    visit("run_ns", row.run_ns);
    visit("runs", row.runs);
}

// A page fault, as soon as it is known of.
struct FaultRow {
    static constexpr RowType type = RowType::fault;
    std::uint64_t time_ns = 0;
    std::uint32_t pid = 0;
    std::uint64_t start_time_ns = 0;
    Text comm;
    // user: by the process itself; kernel: by the kernel for it.
    std::string_view kind;
    Text address;
    Text ip;
    Number latency_ns;
    // It stands for so many, of which the others have no row.
    std::uint64_t weight = 0;
};

template <typename Visit> void columns(const FaultRow &row, Visit &&visit)
{
    visit("time_ns", row.time_ns);
    visit("pid", std::uint64_t{row.pid});
    visit("start_time_ns", row.start_time_ns);
    visit("comm", row.comm);
    visit("kind", Text{row.kind});
    visit("address", row.address);
    visit("ip", row.ip);
    visit("latency_ns", row.latency_ns);
    visit("weight", row.weight);
}

} // namespace memory_collector
