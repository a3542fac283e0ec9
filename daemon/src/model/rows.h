// SPDX-License-Identifier: GPL-2.0-only
//
// The rows of a report. Each names its columns once, in their fixed order, for
// every sink: columns(row, visit) calls visit(name, value) for each.
#pragma once

#include "model/extra.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace memory_collector {

using Number = std::optional<std::uint64_t>;
using Signed = std::optional<std::int64_t>;
using Text = std::optional<std::string_view>;
using List = std::vector<std::string_view>;

enum class RowType : std::uint8_t {
    process,
    container,
    cgroup,
    domain,
    soft,
    interval,
    process_total,
    loss,
    oom,
    reclaim,
    self,
    self_program,
    fault,
};
inline constexpr RowType row_types[] = {
    RowType::process,  RowType::container,     RowType::cgroup, RowType::domain, RowType::soft,
    RowType::interval, RowType::process_total, RowType::loss,   RowType::oom,    RowType::reclaim,
    RowType::self,     RowType::self_program,  RowType::fault,
};

constexpr std::string_view row_type_name(RowType type)
{
    switch (type) {
    case RowType::process:
        return "process";
    case RowType::container:
        return "container";
    case RowType::cgroup:
        return "cgroup";
    case RowType::domain:
        return "domain";
    case RowType::soft:
        return "soft";
    case RowType::interval:
        return "interval";
    case RowType::process_total:
        return "process_total";
    case RowType::loss:
        return "loss";
    case RowType::fault:
        return "fault";
    case RowType::oom:
        return "oom";
    case RowType::reclaim:
        return "reclaim";
    case RowType::self:
        return "self";
    case RowType::self_program:
        return "self_program";
    }
    return "";
}

// A process in an interval, or over its whole life in this run.
struct ProcessRow {
    RowType type = RowType::process;
    std::uint64_t start_ns = 0;
    std::uint64_t end_ns = 0;
    std::uint32_t pid = 0;
    std::uint64_t start_time_ns = 0;
    Text comm;
    Text cmdline;
    Text cgroup;
    Text container;
    Text container_name;
    Text container_runtime;
    Text pod;
    Text unit;
    // Its pid in the innermost of the pid namespaces it is in.
    Number ns_pid;
    Number cpu_time_ns;
    Number rss_bytes;
    Number rss_anon_bytes;
    Number rss_file_bytes;
    Number rss_shmem_bytes;
    Number swap_bytes;
    Number min_flt;
    Number maj_flt;
    Number total_bytes;
    Number local_bytes;
    Number remote_bytes;
    Number peak_bytes_per_s;
    Number llc_bytes_mean;
    Number llc_bytes_max;
    ExtraValues extra;
    List flags;
};

// Where a process is, or those are that a row sums up.
template <typename Row, typename Visit> void place_columns(const Row &row, Visit &&visit)
{
    visit("cgroup", row.cgroup);
    visit("container", row.container);
    visit("container_name", row.container_name);
    visit("container_runtime", row.container_runtime);
    visit("pod", row.pod);
    visit("unit", row.unit);
}

// What it, or they, used and hold: the columns to the end of the row.
template <typename Row, typename Visit> void usage_columns(const Row &row, Visit &&visit)
{
    visit("cpu_time_ns", row.cpu_time_ns);
    visit("rss_bytes", row.rss_bytes);
    visit("rss_anon_bytes", row.rss_anon_bytes);
    visit("rss_file_bytes", row.rss_file_bytes);
    visit("rss_shmem_bytes", row.rss_shmem_bytes);
    visit("swap_bytes", row.swap_bytes);
    visit("min_flt", row.min_flt);
    visit("maj_flt", row.maj_flt);
    visit("total_bytes", row.total_bytes);
    visit("local_bytes", row.local_bytes);
    visit("remote_bytes", row.remote_bytes);
    visit("peak_bytes_per_s", row.peak_bytes_per_s);
    visit("llc_bytes_mean", row.llc_bytes_mean);
    visit("llc_bytes_max", row.llc_bytes_max);
    for (std::size_t i = 0; i < extra_count; i++)
        visit(extra_columns[i].name, row.extra[i]);
    visit("flags", row.flags);
}

template <typename Visit> void columns(const ProcessRow &row, Visit &&visit)
{
    visit("start_ns", row.start_ns);
    visit("end_ns", row.end_ns);
    visit("pid", std::uint64_t{row.pid});
    visit("start_time_ns", row.start_time_ns);
    visit("comm", row.comm);
    visit("cmdline", row.cmdline);
    place_columns(row, visit);
    visit("ns_pid", row.ns_pid);
    usage_columns(row, visit);
}

// The processes of a container or of a cgroup in an interval, together: counts
// and sizes are sums over those of them that have one, peaks are the largest of
// any one of them. Null in what they are grouped by: those that have none.
struct GroupRow {
    RowType type = RowType::container;
    std::uint64_t start_ns = 0;
    std::uint64_t end_ns = 0;
    Text cgroup;
    Text container;
    Text container_name;
    Text container_runtime;
    Text pod;
    Text unit;
    std::uint64_t processes = 0;
    Number cpu_time_ns;
    Number rss_bytes;
    Number rss_anon_bytes;
    Number rss_file_bytes;
    Number rss_shmem_bytes;
    Number swap_bytes;
    Number min_flt;
    Number maj_flt;
    Number total_bytes;
    Number local_bytes;
    Number remote_bytes;
    Number peak_bytes_per_s;
    Number llc_bytes_mean;
    Number llc_bytes_max;
    ExtraValues extra;
    List flags;
};

template <typename Visit> void columns(const GroupRow &row, Visit &&visit)
{
    visit("start_ns", row.start_ns);
    visit("end_ns", row.end_ns);
    place_columns(row, visit);
    visit("processes", row.processes);
    usage_columns(row, visit);
}

struct DomainRow {
    static constexpr RowType type = RowType::domain;
    std::uint64_t start_ns = 0;
    std::uint64_t end_ns = 0;
    std::uint32_t domain = 0;
    Number total_bytes;
    Number local_bytes;
    // Negative in an interval in which a later cumulative count recovers bytes
    // whose event was lost before.
    Signed unattributed_bytes;
    Signed lost_bytes;
};

template <typename Visit> void columns(const DomainRow &row, Visit &&visit)
{
    visit("start_ns", row.start_ns);
    visit("end_ns", row.end_ns);
    visit("domain", std::uint64_t{row.domain});
    visit("total_bytes", row.total_bytes);
    visit("local_bytes", row.local_bytes);
    visit("unattributed_bytes", row.unattributed_bytes);
    visit("lost_bytes", row.lost_bytes);
}

// The processes of a domain that ran on soft RMIDs, together: their bytes, which
// their own rows have too, and their cache, which is known of all of them only.
struct SoftRow {
    static constexpr RowType type = RowType::soft;
    std::uint64_t start_ns = 0;
    std::uint64_t end_ns = 0;
    std::uint32_t domain = 0;
    // That had such processes.
    std::uint64_t cpus = 0;
    std::uint64_t total_bytes = 0;
    std::uint64_t local_bytes = 0;
    Number llc_bytes_mean;
    Number llc_bytes_max;
    List flags;
};

template <typename Visit> void columns(const SoftRow &row, Visit &&visit)
{
    visit("start_ns", row.start_ns);
    visit("end_ns", row.end_ns);
    visit("domain", std::uint64_t{row.domain});
    visit("cpus", row.cpus);
    visit("total_bytes", row.total_bytes);
    visit("local_bytes", row.local_bytes);
    visit("llc_bytes_mean", row.llc_bytes_mean);
    visit("llc_bytes_max", row.llc_bytes_max);
    visit("flags", row.flags);
}

struct IntervalRow {
    static constexpr RowType type = RowType::interval;
    std::uint64_t start_ns = 0;
    std::uint64_t end_ns = 0;
    std::uint64_t slots = 0;
    std::uint64_t missed_ticks = 0;
    // Readings were so late at most, for ticks whose time is up leave the rest to the next.
    std::uint64_t lag_ns = 0;
    std::uint64_t events = 0;
    std::uint64_t lost_events = 0;
    std::string_view source;
    // What happened to the machine in it: cpu_up, resctrl_mounted, ...
    List notes;
    // Why it ended before its time: module_gone, restarted, end.
    Text reason;
};

template <typename Visit> void columns(const IntervalRow &row, Visit &&visit)
{
    visit("start_ns", row.start_ns);
    visit("end_ns", row.end_ns);
    visit("slots", row.slots);
    visit("missed_ticks", row.missed_ticks);
    visit("lag_ns", row.lag_ns);
    visit("events", row.events);
    visit("lost_events", row.lost_events);
    visit("source", Text{row.source});
    visit("notes", row.notes);
    visit("reason", row.reason);
}

// Between the first and the last tick read of a CPU: what the module counted,
// what was read, and what the ring says that it dropped.
struct LossRow {
    static constexpr RowType type = RowType::loss;
    std::uint32_t cpu = 0;
    std::uint64_t emitted = 0;
    std::uint64_t read = 0;
    std::uint64_t lost = 0;
    // Null if the ring could not say.
    Number ring_overrun;
};

template <typename Visit> void columns(const LossRow &row, Visit &&visit)
{
    visit("cpu", std::uint64_t{row.cpu});
    visit("emitted", row.emitted);
    visit("read", row.read);
    visit("lost", row.lost);
    visit("ring_overrun", row.ring_overrun);
}

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
    visit("rss_bytes", row.rss_bytes);
    visit("rss_anon_bytes", row.rss_anon_bytes);
    visit("rss_file_bytes", row.rss_file_bytes);
    visit("rss_shmem_bytes", row.rss_shmem_bytes);
    visit("swap_bytes", row.swap_bytes);
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

// Takes rows in the order of the report: of each interval the processes (or their groups), the
// domains, their soft RMIDs, OOM kills, reclaim, the collector itself, the interval itself, then
// the totals of processes that ended.
class Sink {
public:
    virtual ~Sink() = default;
    virtual void process(const ProcessRow &row) = 0;
    virtual void group(const GroupRow &row) = 0;
    virtual void domain(const DomainRow &row) = 0;
    virtual void soft(const SoftRow &row) = 0;
    virtual void interval(const IntervalRow &row) = 0;
    virtual void loss(const LossRow &row) = 0;
    // At any time between others; not in formats that have no place for it.
    virtual void fault(const FaultRow &) {}
    virtual void oom(const OomRow &row) = 0;
    virtual void reclaim(const ReclaimRow &row) = 0;
    virtual void self(const SelfRow &row) = 0;
    virtual void self_program(const SelfProgramRow &row) = 0;
    // All rows so far are to be seen by the reader of the output.
    virtual void flush() = 0;
    // After the last row.
    virtual void finish() = 0;
};

} // namespace memory_collector
