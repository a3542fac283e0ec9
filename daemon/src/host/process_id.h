// SPDX-License-Identifier: GPL-2.0-only
//
// A process for good: its pid may be another's once it has ended, pid and start time are not.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string_view>

namespace memory_collector {

struct ProcessId {
    pid_t pid = 0;
    std::uint64_t start_time = 0; // field 22 of /proc/PID/stat

    bool operator==(const ProcessId &) const = default;
};

// Of /proc/PID/stat. Nothing for a text that is none, and for a process that has ended and is not
// waited for yet.
std::optional<std::uint64_t> parse_start_time(std::string_view stat);

// Nothing if there is no such process.
std::optional<ProcessId> process_id(pid_t pid);
bool lives(const ProcessId &id);

// VmSwap of /proc/PID/status, in bytes.
std::optional<std::uint64_t> swapped_bytes(pid_t pid);

// SIGKILL, and waits until it has gone, also if it is our child. False: it still lives.
bool end_process(const ProcessId &id);

} // namespace memory_collector
