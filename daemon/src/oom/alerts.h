// SPDX-License-Identifier: GPL-2.0-only
#pragma once

#include "oom/signals.h"

#include <cstdint>
#include <map>

namespace memory_collector::oom {

// Two of three alerts come true then, of nine kills in ten (docs/oom-evaluation.md, of the
// default model); lower is earlier, and more often wrong.
inline constexpr double default_alert_above = 0.9;

// When a probability is worth an alert: as it comes up to the threshold, and no
// sooner than the refractory period after the alert before. A probability that
// came up within the period is alerted at its end, if it still is up then.
class Alerts {
public:
    Alerts(double above, std::uint64_t refractory_ns) : above_(above), refractory_ns_(refractory_ns) {}

    bool due(std::uint64_t time_ns, TargetId target, double probability);
    void forget(TargetId target) { states_.erase(target); }

private:
    struct State {
        bool alerted = false;
        bool above = false;
        std::uint64_t last_ns = 0;
    };

    double above_;
    std::uint64_t refractory_ns_;
    std::map<TargetId, State> states_;
};

} // namespace memory_collector::oom
