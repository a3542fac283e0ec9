// SPDX-License-Identifier: GPL-2.0-only
//
// What is known of a place that can run out of memory (a memory cgroup with a
// limit, or the host) at one time, and of the processes in it.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace memory_collector::oom {

// Bytes and cumulative counts. Their names are the columns of a recording.
enum class Signal : std::uint8_t {
    limit,              // memory.max, limit_in_bytes; the host's memory
    high,               // memory.high
    usage,              // with page cache
    anon,               // anonymous memory
    shmem,              // shared memory and tmpfs, which only swap frees
    file,               // page cache without shmem
    slab_unreclaimable, // unknown in cgroup v1, where it is in kernel
    slab_reclaimable,
    kernel,      // page tables, stacks, per-CPU memory, ...; on the host, also what is none of the others
    swap,        // in use
    swap_limit,  // memory.swap.max; on the host, all of it
    swap_zram,   // how much of the host's swap is zram
    zram_stored, // what zram holds, as its owners see it
    zram_used,   // the memory it takes for that
    pgscan,      // pages that reclaim looked at
    pgsteal,     // pages that it freed
    refault,     // pages that came back after they were reclaimed
    major_faults,
    psi_some_us, // time in which some task, or all of them, waited for memory
    psi_full_us,
    limit_hits, // memory.events max, failcnt
    oom_kills,
};
inline constexpr std::size_t signal_count = static_cast<std::size_t>(Signal::oom_kills) + 1;

inline constexpr std::array<std::string_view, signal_count> signal_names{"limit",
                                                                         "high",
                                                                         "usage",
                                                                         "anon",
                                                                         "shmem",
                                                                         "file",
                                                                         "slab_unreclaimable",
                                                                         "slab_reclaimable",
                                                                         "kernel",
                                                                         "swap",
                                                                         "swap_limit",
                                                                         "swap_zram",
                                                                         "zram_stored",
                                                                         "zram_used",
                                                                         "pgscan",
                                                                         "pgsteal",
                                                                         "refault",
                                                                         "major_faults",
                                                                         "psi_some_us",
                                                                         "psi_full_us",
                                                                         "limit_hits",
                                                                         "oom_kills"};

// One word each: there are many of them in a history.
class SignalValues {
public:
    static constexpr std::uint64_t unknown = UINT64_MAX;
    // A limit that is none.
    static constexpr std::uint64_t no_limit = UINT64_MAX - 1;

    SignalValues() { values_.fill(unknown); }

    std::uint64_t raw(Signal signal) const { return values_[static_cast<std::size_t>(signal)]; }
    void set(Signal signal, std::uint64_t value) { values_[static_cast<std::size_t>(signal)] = value; }
    void set(Signal signal, std::optional<std::uint64_t> value) { set(signal, value.value_or(unknown)); }

    // A value that is known and no "no limit".
    std::optional<std::uint64_t> get(Signal signal) const
    {
        const std::uint64_t value = raw(signal);
        return value < no_limit ? std::optional{value} : std::nullopt;
    }
    std::uint64_t or_zero(Signal signal) const { return get(signal).value_or(0); }

    bool operator==(const SignalValues &) const = default;

private:
    std::array<std::uint64_t, signal_count> values_;
};

// What no reclaim of page cache gives back: anonymous and shared memory,
// unreclaimable slab and other memory of the kernel. Nothing if it is unknown.
std::optional<std::uint64_t> danger_bytes(const SignalValues &signals);

enum class TargetKind : std::uint8_t { host, cgroup_v2, cgroup_v1 };

constexpr std::string_view target_kind_name(TargetKind kind)
{
    switch (kind) {
    case TargetKind::host:
        return "host";
    case TargetKind::cgroup_v2:
        return "cgroup";
    case TargetKind::cgroup_v1:
        return "cgroup_v1";
    }
    return "";
}

using TargetId = std::uint32_t;
// The host is a target of every recording, and its first.
inline constexpr TargetId host_target = 0;

struct Target {
    TargetId id = host_target;
    TargetKind kind = TargetKind::host;
    // In the cgroup hierarchy; empty for the host.
    std::string path;
};

struct ProcessSample {
    std::uint32_t pid = 0;
    std::int32_t oom_score_adj = 0;
    // In clock ticks since boot, as in /proc/PID/stat: with the pid it names one process.
    std::uint64_t start_ticks = 0;
    std::array<char, 16> comm{}; // NUL-terminated
    std::uint64_t anon = 0;
    std::uint64_t file = 0;
    std::uint64_t shmem = 0;
    std::uint64_t swap = 0;
    std::uint64_t page_tables = 0;

    std::string_view name() const
    {
        const std::string_view all{comm.data(), comm.size()};
        return all.substr(0, all.find('\0'));
    }
    void set_name(std::string_view name);
    bool operator==(const ProcessSample &) const = default;
};

// A process that the kernel's OOM killer chose, as its log says.
struct Victim {
    TargetId target = host_target;
    std::uint32_t pid = 0;
    std::string comm;
};

// Takes what was observed, in the order of time: live or from a recording.
class Observer {
public:
    virtual ~Observer() = default;
    virtual void appeared(std::uint64_t time_ns, const Target &target) = 0;
    virtual void vanished(std::uint64_t time_ns, TargetId target) = 0;
    virtual void sampled(std::uint64_t time_ns, TargetId target, const SignalValues &signals) = 0;
    // All processes that were looked at, by ascending pid.
    virtual void looked(std::uint64_t time_ns, TargetId target, std::span<const ProcessSample> processes) = 0;
    virtual void killed(std::uint64_t time_ns, const Victim &victim) = 0;
    // All that was observed at this time was told.
    virtual void round_ended(std::uint64_t time_ns) = 0;
};

} // namespace memory_collector::oom
