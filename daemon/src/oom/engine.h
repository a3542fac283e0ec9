// SPDX-License-Identifier: GPL-2.0-only
//
// From what is observed to forecasts: the same for a live host and a recording.
#pragma once

#include "oom/features.h"
#include "oom/model.h"
#include "oom/signals.h"
#include "oom/suspects.h"

#include <cstdint>
#include <map>
#include <optional>

namespace memory_collector::oom {

// What is thought of a target at the time of its newest sample.
struct Assessment {
    std::uint64_t time_ns = 0;
    Target target;
    SignalValues signals;
    // Nothing: insufficient history.
    std::optional<Features> features;
    Forecast forecast;
    double room_bytes = 0;
    double growth_bytes_per_s = 0;
    Suspects suspects;
};

// Takes what the engine finds.
class Listener {
public:
    virtual ~Listener() = default;
    // At every sample of every target.
    virtual void assessed(const Assessment &assessment) = 0;
    // A count of kills rose by so many; of the host, without those in its cgroups.
    virtual void kills(const Assessment &assessment, std::uint64_t count) = 0;
    // The kernel's log named one; the target may have gone, then it is null.
    virtual void named(std::uint64_t time_ns, const Assessment *assessment, const Victim &victim) = 0;
    virtual void forgotten(TargetId target) = 0;
    virtual void round_ended(std::uint64_t time_ns) = 0;
};

struct EngineOptions {
    std::uint64_t interval_ns = 0;
    std::uint64_t page_size = 4096;
};

class Engine : public Observer {
public:
    Engine(const EngineOptions &options, const Model &model, Listener &listener);

    void appeared(std::uint64_t time_ns, const Target &target) override;
    void vanished(std::uint64_t time_ns, TargetId target) override;
    void sampled(std::uint64_t time_ns, TargetId target, const SignalValues &signals) override;
    void looked(std::uint64_t time_ns, TargetId target, std::span<const ProcessSample> processes) override;
    void killed(std::uint64_t time_ns, const Victim &victim) override;
    void round_ended(std::uint64_t time_ns) override;

    // Calls visit(assessment) for each target that has a sample, in the order of their numbers.
    template <typename Visit> void each(Visit &&visit) const
    {
        for (const auto &[id, state] : states_)
            if (state.assessment.time_ns != 0)
                visit(state.assessment);
    }

private:
    struct State {
        explicit State(std::uint64_t interval_ns) : history(interval_ns) {}
        History history;
        SuspectTracker tracker;
        Assessment assessment;
    };

    bool is_outermost(const Target &target) const;

    EngineOptions options_;
    const Model &model_;
    Listener &listener_;
    HostShare host_;
    std::map<TargetId, State> states_;
    // The host's count has those of cgroups, too: what is left of it. It is read
    // before theirs, so what is left must last for a round.
    std::int64_t host_kills_ = 0;
    bool host_kills_last_ = false;
};

} // namespace memory_collector::oom
