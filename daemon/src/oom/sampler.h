// SPDX-License-Identifier: GPL-2.0-only
//
// Looks at the host and its limited cgroups at each call, and tells an observer.
#pragma once

#include "oom/cgroup_reader.h"
#include "oom/cgroup_tree.h"
#include "oom/kill_log.h"
#include "oom/process_reader.h"
#include "oom/signals.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace memory_collector::oom {

struct SamplerOptions {
    // Only this cgroup, or the nearest above it with a limit, and those below it; empty: all.
    std::string cgroup;
};

class Sampler {
public:
    // Throws Error if there is no such cgroup.
    Sampler(SamplerOptions options, Observer &observer);

    // The time is told with each observation, in whole microseconds.
    void round(std::uint64_t now_ns);

    const std::optional<CgroupMount> &mount() const { return mount_; }
    std::size_t cgroups() const { return cgroups_.size(); }
    // Can victims be named?
    bool reads_kernel_log() const { return static_cast<bool>(log_); }

private:
    // What decides when processes are looked at.
    struct Looks {
        std::uint64_t next_ns = 0;
        std::uint64_t danger = 0;
        std::vector<std::uint32_t> pids;
    };
    struct Cgroup {
        Target target;
        CgroupReader reader;
        Looks looks;
        SignalValues signals;
    };

    void walk(std::uint64_t now_ns);
    void look(std::uint64_t now_ns, const Target &target, const SignalValues &signals, Looks &looks);
    void tell_kills(std::uint64_t now_ns);
    TargetId target_of(const KillRecord &kill) const;

    SamplerOptions options_;
    Observer &observer_;
    std::optional<CgroupMount> mount_;
    HostReader host_;
    Target host_entry_;
    Looks host_looks_;
    std::vector<Cgroup> cgroups_;
    TargetId next_id_ = host_target + 1;
    std::uint64_t next_walk_ns_ = 0;
    bool said_cut_off_ = false;
    bool begun_ = false;
    KillLog log_;
    ProcessReader process_reader_;
    ReadBuffer buffer_ = make_read_buffer();
    std::vector<std::uint32_t> pids_;
    std::vector<ProcessSample> processes_;
};

} // namespace memory_collector::oom
