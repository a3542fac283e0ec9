// SPDX-License-Identifier: GPL-2.0-only
#include "host/process_id.h"

#include "host/process_stat.h"
#include "support/fd.h"
#include "support/files.h"
#include "support/words.h"

#include <poll.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <string>

namespace memory_collector {

namespace {

constexpr int end_within_ms = 10'000;

} // namespace

std::optional<std::uint64_t> parse_start_time(std::string_view stat)
{
    const auto parsed = parse_process_stat(stat);
    if (!parsed || parsed->state == "Z" || parsed->state == "X")
        return std::nullopt;
    return parsed->start_time;
}

std::optional<ProcessId> process_id(pid_t pid)
{
    const auto start = parse_start_time(read_file("/proc/" + std::to_string(pid) + "/stat"));
    return start ? std::optional{ProcessId{pid, *start}} : std::nullopt;
}

bool lives(const ProcessId &id)
{
    return process_id(id.pid) == id;
}

std::optional<std::uint64_t> swapped_bytes(pid_t pid)
{
    const std::string text = read_file("/proc/" + std::to_string(pid) + "/status");
    const auto kib = whole<std::uint64_t>(word_behind(text, "VmSwap:"));
    return kib ? std::optional{*kib * 1024} : std::nullopt;
}

bool end_process(const ProcessId &id)
{
    const UniqueFd process{static_cast<int>(::syscall(SYS_pidfd_open, id.pid, 0))};
    // Asked after the descriptor was had: that one is of the process which is looked at.
    if (!process || !lives(id))
        return true;
    if (::syscall(SYS_pidfd_send_signal, process.get(), SIGKILL, nullptr, 0) != 0)
        return !lives(id);
    pollfd ended{process.get(), POLLIN, 0};
    ::poll(&ended, 1, end_within_ms);
    // Another's child is waited for by its parent.
    ::waitpid(id.pid, nullptr, WNOHANG);
    return !lives(id);
}

} // namespace memory_collector
