// SPDX-License-Identifier: GPL-2.0-only
#include "model/machine_rows.h"

#include <algorithm>
#include <utility>

namespace memory_collector {

namespace {

// A count that began again has added what it has.
std::uint64_t added(std::uint64_t now, std::uint64_t before)
{
    return now >= before ? now - before : now;
}

Number added(const Number &now, const Number &before)
{
    return now ? Number{added(*now, before.value_or(0))} : Number{};
}

} // namespace

void MachineRows::begin()
{
    reclaim_before_ = reclaim_.value_or(ReclaimCounts{});
    reclaim_.reset();
    self_before_ = self_ ? std::move(*self_) : SelfUse{};
    self_.reset();
    kills_.clear();
}

OomRow MachineRows::kill_row(const OomKill &kill, std::uint64_t page_size)
{
    OomRow row;
    row.time_ns = kill.time_ns;
    row.pid = kill.key.pid;
    if (kill.key.start_time_ns != 0)
        row.start_time_ns = kill.key.start_time_ns;
    row.comm = text_or_null(kill.comm);
    if (kill.pages) {
        row.rss_anon_bytes = kill.pages->anon * page_size;
        row.rss_file_bytes = kill.pages->file * page_size;
        row.rss_shmem_bytes = kill.pages->shmem * page_size;
        row.rss_bytes = *row.rss_anon_bytes + *row.rss_file_bytes + *row.rss_shmem_bytes;
        row.swap_bytes = kill.pages->swap * page_size;
    }
    row.oom_score_adj = kill.oom_score_adj;
    row.constraint = text_or_null(kill.constraint);
    row.trigger_pid = kill.trigger_pid;
    row.trigger_comm = text_or_null(kill.trigger_comm);
    return row;
}

void MachineRows::emit_rest(std::uint64_t start, std::uint64_t end, Sink &sink)
{
    if (reclaim_) {
        const ReclaimCounts &now = *reclaim_;
        const ReclaimCounts &before = reclaim_before_;
        ReclaimRow row;
        row.start_ns = start;
        row.end_ns = end;
        row.kswapd_wakes = added(now.kswapd.times, before.kswapd.times);
        row.direct_stalls = added(now.direct.times, before.direct.times);
        row.direct_ns = added(now.direct.ns, before.direct.ns);
        row.direct_reclaimed_pages = added(now.direct.reclaimed, before.direct.reclaimed);
        row.cgroup_stalls = added(now.cgroup.times, before.cgroup.times);
        row.cgroup_ns = added(now.cgroup.ns, before.cgroup.ns);
        row.cgroup_reclaimed_pages = added(now.cgroup.reclaimed, before.cgroup.reclaimed);
        if (now.scans_known) {
            row.kswapd_scanned_pages = added(now.kswapd.scanned, before.kswapd.scanned);
            row.kswapd_reclaimed_pages = added(now.kswapd.reclaimed, before.kswapd.reclaimed);
            row.direct_scanned_pages = added(now.direct.scanned, before.direct.scanned);
            row.cgroup_scanned_pages = added(now.cgroup.scanned, before.cgroup.scanned);
        }
        reclaim_before_ = now;
        reclaim_.reset();
        sink.reclaim(row);
    }
    if (self_)
        emit_self(start, end, sink);
}

void MachineRows::emit_self(std::uint64_t start, std::uint64_t end, Sink &sink)
{
    SelfRow row;
    row.start_ns = start;
    row.end_ns = end;
    row.cpu_time_ns = added(self_->cpu_time_ns, self_before_.cpu_time_ns);
    row.rss_bytes = self_->rss_bytes;
    row.map_bytes = self_->map_bytes;
    std::vector<SelfProgramRow> programs;
    if (self_->programs) {
        row.bpf_run_ns = 0;
        row.bpf_runs = 0;
        for (const SelfUse::Program &program : *self_->programs) {
            SelfProgramRow one;
            one.start_ns = start;
            one.end_ns = end;
            one.group = program.group;
            one.program = program.name;
            one.run_ns = program.run_ns;
            one.runs = program.runs;
            if (self_before_.programs) {
                const auto &before = *self_before_.programs;
                const auto same = std::find_if(before.begin(), before.end(), [&](const auto &other) {
                    return other.group == program.group && other.name == program.name;
                });
                if (same != before.end()) {
                    one.run_ns = added(program.run_ns, same->run_ns);
                    one.runs = added(program.runs, same->runs);
                }
            }
            if (!program.own_time) {
                *row.bpf_run_ns += one.run_ns;
                *row.bpf_runs += one.runs;
            }
            programs.push_back(one);
        }
    }
    sink.self(row);
    for (const SelfProgramRow &program : programs)
        sink.self_program(program);
    self_before_ = std::move(*self_);
    self_.reset();
}

} // namespace memory_collector
