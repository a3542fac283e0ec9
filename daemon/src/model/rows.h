// SPDX-License-Identifier: GPL-2.0-only
//
// The rows of a report. Each names its columns once, in their fixed order, for
// every sink: columns(row, visit) calls visit(name, value) for each.
#pragma once

#include "model/event_rows.h"
#include "model/row_parts.h"

#include <cstdint>
#include <string_view>

namespace memory_collector {

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
    // Where its memory is limited; no column.
    Text memory_cgroup;
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
    OomOutlook oom;
    List flags;
};

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
    OomOutlook oom;
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
