// SPDX-License-Identifier: GPL-2.0-only
//
// The texts of /proc, /sys and cgroup files: pure functions, which take any
// bytes. What is not there, or is no number that fits, is left unknown.
#pragma once

#include "oom/signals.h"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace memory_collector::oom {

// A file with one whole number, or "max": SignalValues::no_limit. The greatest
// numbers, which cgroup v1 shows where there is no limit, are that too.
std::optional<std::uint64_t> parse_amount(std::string_view text);

// cgroup v2: memory.stat, memory.events and memory.pressure.
void parse_stat_v2(std::string_view text, SignalValues &to);
void parse_events_v2(std::string_view text, SignalValues &to);
void parse_pressure(std::string_view text, SignalValues &to);

// cgroup v1: memory.stat (with what is below, total_*) and memory.oom_control.
void parse_stat_v1(std::string_view text, SignalValues &to);
void parse_oom_control_v1(std::string_view text, SignalValues &to);

// /proc/meminfo and /proc/vmstat.
void parse_meminfo(std::string_view text, SignalValues &to);
void parse_vmstat(std::string_view text, SignalValues &to);

// /proc/swaps: the size of those areas that are zram.
std::uint64_t parse_swaps_zram(std::string_view text);

// /sys/block/zramN/mm_stat.
struct ZramUse {
    std::uint64_t stored = 0;
    std::uint64_t used = 0;
};
std::optional<ZramUse> parse_zram(std::string_view text);

// /proc/PID/stat: name and start time; false if it is none.
bool parse_process_stat(std::string_view text, ProcessSample &to);
// /proc/PID/status: the sizes; false for a process without memory of its own
// (a kernel thread, or one that has ended).
bool parse_process_status(std::string_view text, ProcessSample &to);
// /proc/PID/statm: resident pages.
std::optional<std::uint64_t> parse_resident_pages(std::string_view text);
std::optional<std::int32_t> parse_oom_score_adj(std::string_view text);

// A record of /dev/kmsg that tells of a victim.
struct KillRecord {
    std::uint32_t pid = 0;
    std::string comm;
    // The cgroup whose limit was hit: only the fuller of the kernel's two
    // messages tells it; empty for the host, too.
    std::optional<std::string> cgroup;
};
std::optional<KillRecord> parse_kill(std::string_view record);

} // namespace memory_collector::oom
