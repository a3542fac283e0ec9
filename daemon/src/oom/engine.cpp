// SPDX-License-Identifier: GPL-2.0-only
#include "oom/engine.h"

#include <algorithm>

namespace memory_collector::oom {

namespace {

// What a target may use of memory and swap together, as the kernel's badness has it.
std::uint64_t total_bytes(const SignalValues &signals, const HostShare &host)
{
    const std::uint64_t limit = signals.get(Signal::limit).value_or(host.memory);
    const std::uint64_t swap = signals.get(Signal::swap_limit).value_or(host.swap_total);
    return limit + std::min(swap, host.swap_total);
}

} // namespace

Engine::Engine(const EngineOptions &options, const Model &model, Listener &listener)
    : options_(options), model_(model), listener_(listener)
{
}

void Engine::appeared(std::uint64_t, const Target &target)
{
    State state{options_.interval_ns};
    state.assessment.target = target;
    states_.insert_or_assign(target.id, std::move(state));
}

void Engine::vanished(std::uint64_t, TargetId target)
{
    states_.erase(target);
    listener_.forgotten(target);
}

void Engine::sampled(std::uint64_t time_ns, TargetId target, const SignalValues &signals)
{
    const auto at = states_.find(target);
    if (at == states_.end())
        return;
    State &state = at->second;
    Assessment &now = state.assessment;
    if (target == host_target)
        host_ = share_of(signals);
    const bool first = now.time_ns == 0;
    const auto kills_before = now.signals.get(Signal::oom_kills);
    const auto kills = signals.get(Signal::oom_kills);
    now.time_ns = time_ns;
    now.signals = signals;
    state.history.add(time_ns, now.target.kind, signals, host_);
    now.features = state.history.features(options_.page_size);
    now.forecast = now.features ? model_.predict(*now.features) : Forecast{};
    now.room_bytes = state.history.room();
    now.growth_bytes_per_s =
        now.features ? static_cast<double>(now.features->get(Feature::slope_2s)) * state.history.limit() : 0;
    now.suspects = state.tracker.suspects();
    listener_.assessed(now);
    if (first || !kills || !kills_before || *kills <= *kills_before)
        return;
    const std::uint64_t more = *kills - *kills_before;
    if (target == host_target) {
        host_kills_ += static_cast<std::int64_t>(more);
        return;
    }
    if (is_outermost(now.target))
        host_kills_ -= static_cast<std::int64_t>(more);
    listener_.kills(now, more);
}

// In v2 a kill counts in every cgroup around it.
bool Engine::is_outermost(const Target &target) const
{
    return std::none_of(states_.begin(), states_.end(), [&target](const auto &entry) {
        const Target &other = entry.second.assessment.target;
        if (target.kind != TargetKind::cgroup_v2 || other.kind != TargetKind::cgroup_v2 ||
            other.id == target.id)
            return false;
        return other.path == "/" || target.path.starts_with(other.path + "/");
    });
}

void Engine::looked(std::uint64_t time_ns, TargetId target, std::span<const ProcessSample> processes)
{
    const auto at = states_.find(target);
    if (at == states_.end())
        return;
    State &state = at->second;
    state.tracker.look(time_ns, processes, options_.page_size, total_bytes(state.assessment.signals, host_));
    state.assessment.suspects = state.tracker.suspects();
}

void Engine::killed(std::uint64_t time_ns, const Victim &victim)
{
    const auto at = states_.find(victim.target);
    listener_.named(time_ns, at == states_.end() ? nullptr : &at->second.assessment, victim);
}

void Engine::round_ended(std::uint64_t time_ns)
{
    const auto host = states_.find(host_target);
    if (host_kills_ > 0 && host_kills_last_ && host != states_.end()) {
        listener_.kills(host->second.assessment, static_cast<std::uint64_t>(host_kills_));
        host_kills_ = 0;
    }
    host_kills_last_ = host_kills_ > 0;
    listener_.round_ended(time_ns);
}

} // namespace memory_collector::oom
