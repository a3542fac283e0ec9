// SPDX-License-Identifier: GPL-2.0-only
#pragma once

#include "oom/signals.h"

#include <vector>

namespace memory_collector::oom {

// Tells several observers the same, in their order.
class Tee : public Observer {
public:
    void add(Observer &observer) { all_.push_back(&observer); }

    void appeared(std::uint64_t time_ns, const Target &target) override
    {
        for (Observer *one : all_)
            one->appeared(time_ns, target);
    }
    void vanished(std::uint64_t time_ns, TargetId target) override
    {
        for (Observer *one : all_)
            one->vanished(time_ns, target);
    }
    void sampled(std::uint64_t time_ns, TargetId target, const SignalValues &signals) override
    {
        for (Observer *one : all_)
            one->sampled(time_ns, target, signals);
    }
    void looked(std::uint64_t time_ns, TargetId target, std::span<const ProcessSample> processes) override
    {
        for (Observer *one : all_)
            one->looked(time_ns, target, processes);
    }
    void killed(std::uint64_t time_ns, const Victim &victim) override
    {
        for (Observer *one : all_)
            one->killed(time_ns, victim);
    }
    void round_ended(std::uint64_t time_ns) override
    {
        for (Observer *one : all_)
            one->round_ended(time_ns);
    }

private:
    std::vector<Observer *> all_;
};

} // namespace memory_collector::oom
