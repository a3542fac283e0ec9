// SPDX-License-Identifier: GPL-2.0-only
#include "pool/swap_cgroups.h"

#include "oom/cgroup_reader.h"
#include "oom/cgroup_tree.h"
#include "oom/kept_file.h"
#include "support/units.h"

#include <spdlog/spdlog.h>

#include <algorithm>

namespace memory_collector::pool {

namespace {

// Charges are taken in batches, for each CPU 64 pages ahead (MEMCG_CHARGE_BATCH).
constexpr std::uint64_t reserve = std::uint64_t{1} << 20;

} // namespace

std::optional<std::string> why_no_room_in(std::string_view cgroup, const oom::SignalValues &signals,
                                          std::uint64_t swapped_bytes)
{
    const auto limit = signals.get(oom::Signal::limit);
    // Other areas may have some of it: which, no cgroup tells.
    const std::uint64_t back = std::min(signals.or_zero(oom::Signal::swap), swapped_bytes);
    if (!limit || back == 0)
        return std::nullopt;
    // Cache of files makes room; pages that could be swapped out elsewhere may not.
    const std::uint64_t used = oom::danger_bytes(signals).value_or(signals.or_zero(oom::Signal::usage));
    const std::uint64_t room = *limit - std::min(*limit, used);
    if (room > reserve && back <= room - reserve)
        return std::nullopt;
    return "the memory cgroup " + std::string{cgroup} + " has " + format_bytes(back) +
           " swapped out and room for " + format_bytes(room - std::min(room, reserve)) +
           " below its limit of " + format_bytes(*limit) + ": the kernel would kill in it";
}

std::optional<std::string> why_no_room_in_cgroups(std::uint64_t swapped_bytes, const HostPaths &host)
{
    const auto mount = oom::memory_cgroups(host);
    if (!mount)
        return std::nullopt;
    oom::ReadBuffer buffer = oom::make_read_buffer();
    oom::SignalValues signals;
    const oom::LimitedCgroups limited = oom::limited_cgroups(*mount, "/");
    if (limited.cut_off)
        spdlog::warn("there are so many memory cgroups that not all limits were looked at: where one is "
                     "full, the kernel may kill in it");
    for (const std::string &path : limited.paths)
        if (oom::CgroupReader{mount->kind, mount->folder + path}.read(buffer, signals))
            if (const auto why = why_no_room_in(path, signals, swapped_bytes))
                return *why + "; raise its " +
                       (mount->kind == oom::TargetKind::cgroup_v2 ? "memory.max" : "memory.limit_in_bytes");
    return std::nullopt;
}

} // namespace memory_collector::pool
