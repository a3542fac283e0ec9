// SPDX-License-Identifier: GPL-2.0-only
#include "oom/alerts.h"

namespace memory_collector::oom {

bool Alerts::due(std::uint64_t time_ns, TargetId target, double probability)
{
    State &state = states_[target];
    const bool resting = state.alerted && time_ns - state.last_ns < refractory_ns_;
    if (probability < above_) {
        state.above = false;
        return false;
    }
    if (state.above || resting)
        return false;
    state.above = true;
    state.alerted = true;
    state.last_ns = time_ns;
    return true;
}

} // namespace memory_collector::oom
