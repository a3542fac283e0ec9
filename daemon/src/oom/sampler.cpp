// SPDX-License-Identifier: GPL-2.0-only
#include "oom/sampler.h"

#include "support/clock.h"
#include "support/error.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <utility>

namespace memory_collector::oom {

namespace {

constexpr std::uint64_t walk_ns = ns_per_s;
constexpr std::uint64_t look_ns = ns_per_s;
// A host has many processes; while it has memory to spare they matter little.
constexpr std::uint64_t idle_host_look_ns = 5 * ns_per_s;
// Open files: up to nine for each.
constexpr std::size_t most_cgroups = 1000;
// Of these a look takes the largest.
constexpr std::size_t most_pids = 20'000;

} // namespace

Sampler::Sampler(SamplerOptions options, Observer &observer)
    : options_(std::move(options)), observer_(observer), mount_(memory_cgroups(HostPaths{}))
{
    if (options_.cgroup.empty())
        return;
    if (!mount_)
        throw Error("this host has no memory cgroups: leave out --cgroup to watch the host alone, or mount a "
                    "cgroup2 hierarchy with the memory controller");
    if (!HostPaths{}.exists(mount_->folder + options_.cgroup))
        throw Error("there is no cgroup '" + options_.cgroup + "' in " + mount_->folder +
                    "; give a path below it, such as /system.slice");
    if (const auto nearest = nearest_limited(*mount_, options_.cgroup)) {
        if (*nearest != options_.cgroup)
            spdlog::info("'{}' has no limit of its own; that of '{}' counts", options_.cgroup, *nearest);
        options_.cgroup = *nearest;
    } else {
        spdlog::info("neither '{}' nor a cgroup above it has a limit; the host's memory counts",
                     options_.cgroup);
    }
}

void Sampler::walk(std::uint64_t now_ns)
{
    if (!mount_ || now_ns < next_walk_ns_)
        return;
    next_walk_ns_ = now_ns + walk_ns;
    LimitedCgroups found = limited_cgroups(*mount_, options_.cgroup.empty() ? "/" : options_.cgroup);
    if (found.paths.size() > most_cgroups) {
        found.paths.resize(most_cgroups);
        found.cut_off = true;
    }
    if (found.cut_off && !said_cut_off_) {
        said_cut_off_ = true;
        spdlog::warn("there are more cgroups than are watched ({}); choose some with --cgroup", most_cgroups);
    }
    // A limit that was taken away, or a place that went over the most.
    std::erase_if(cgroups_, [&](const Cgroup &cgroup) {
        const bool gone =
            std::find(found.paths.begin(), found.paths.end(), cgroup.target.path) == found.paths.end();
        if (gone)
            observer_.vanished(now_ns, cgroup.target.id);
        return gone;
    });
    for (std::string &path : found.paths) {
        const bool known = std::any_of(cgroups_.begin(), cgroups_.end(),
                                       [&](const Cgroup &cgroup) { return cgroup.target.path == path; });
        if (known)
            continue;
        Cgroup cgroup{Target{next_id_, mount_->kind, std::move(path)}, CgroupReader{mount_->kind, ""},
                      Looks{}, SignalValues{}};
        cgroup.reader = CgroupReader{mount_->kind, mount_->folder + cgroup.target.path};
        next_id_++;
        observer_.appeared(now_ns, cgroup.target);
        cgroups_.push_back(std::move(cgroup));
    }
}

void Sampler::round(std::uint64_t now_ns)
{
    now_ns -= now_ns % 1000;
    if (!begun_) {
        begun_ = true;
        observer_.appeared(now_ns, host_entry_);
    }
    const bool walks = now_ns >= next_walk_ns_;
    if (walks)
        host_.find_swap(buffer_);
    SignalValues host;
    host_.read(buffer_, host);
    observer_.sampled(now_ns, host_target, host);
    walk(now_ns);
    if (!mount_ && walks)
        next_walk_ns_ = now_ns + walk_ns;
    std::erase_if(cgroups_, [&](Cgroup &cgroup) {
        if (cgroup.reader.read(buffer_, cgroup.signals)) {
            observer_.sampled(now_ns, cgroup.target.id, cgroup.signals);
            return false;
        }
        // Killed with the last process in it, maybe: the log comes first.
        tell_kills(now_ns);
        observer_.vanished(now_ns, cgroup.target.id);
        return true;
    });
    tell_kills(now_ns);
    for (Cgroup &cgroup : cgroups_)
        look(now_ns, cgroup.target, cgroup.signals, cgroup.looks);
    look(now_ns, host_entry_, host, host_looks_);
    observer_.round_ended(now_ns);
}

void Sampler::look(std::uint64_t now_ns, const Target &target, const SignalValues &signals, Looks &looks)
{
    const std::uint64_t danger = danger_bytes(signals).value_or(0);
    const std::uint64_t limit = signals.or_zero(Signal::limit);
    const bool near = danger > limit - limit / 4;
    const bool grows = danger > looks.danger + limit / 20;
    const std::uint64_t pause = target.kind == TargetKind::host && !near ? idle_host_look_ns : look_ns;
    if (now_ns < looks.next_ns && !near && !grows)
        return;
    looks.next_ns = now_ns + pause;
    looks.danger = danger;
    if (target.kind == TargetKind::host)
        ProcessReader::all_pids(pids_);
    else
        processes_below(*mount_, target.path, most_pids, pids_);
    process_reader_.read(pids_, buffer_, processes_);
    looks.pids = pids_;
    observer_.looked(now_ns, target.id, processes_);
}

TargetId Sampler::target_of(const KillRecord &kill) const
{
    if (kill.cgroup)
        for (const Cgroup &cgroup : cgroups_)
            if (cgroup.target.path == *kill.cgroup)
                return cgroup.target.id;
    // The shorter message, or a path of another cgroup namespace: the innermost it was seen in.
    if (!kill.cgroup || !kill.cgroup->empty()) {
        const auto seen = std::find_if(cgroups_.rbegin(), cgroups_.rend(), [&kill](const Cgroup &cgroup) {
            return std::binary_search(cgroup.looks.pids.begin(), cgroup.looks.pids.end(), kill.pid);
        });
        if (seen != cgroups_.rend())
            return seen->target.id;
    }
    return host_target;
}

void Sampler::tell_kills(std::uint64_t now_ns)
{
    log_.read([&](const KillRecord &kill) {
        observer_.killed(now_ns, Victim{target_of(kill), kill.pid, kill.comm});
    });
}

} // namespace memory_collector::oom
