// SPDX-License-Identifier: GPL-2.0-only
#include "pool/clear.h"

#include "pool/holder.h"
#include "pool/swap_area.h"
#include "pool/zram_device.h"

#include <spdlog/spdlog.h>

#include <algorithm>

namespace memory_collector::pool {

namespace {

// The kernel gives a new device the lowest number that is free.
unsigned next_number(const std::vector<unsigned> &taken)
{
    unsigned number = 0;
    while (std::find(taken.begin(), taken.end(), number) != taken.end())
        number++;
    return number;
}

bool there(unsigned number)
{
    const std::vector<unsigned> now = zram_numbers({});
    return std::find(now.begin(), now.end(), number) != now.end();
}

} // namespace

std::optional<unsigned> device_of(const PoolState &state)
{
    if (state.step == Step::adding) {
        const unsigned number = next_number(state.devices_before);
        // One that somebody has taken into use is not ours.
        if (there(number) && !ZramDevice::existing(number).initialised())
            return number;
        return std::nullopt;
    }
    if (!state.device || !there(*state.device))
        return std::nullopt;
    if (state.sequence && ZramDevice::existing(*state.device).sequence() != state.sequence)
        return std::nullopt;
    return state.device;
}

void clear_holder(const StateFile &file, PoolState &state)
{
    if (!state.holder)
        return;
    end_holder(*state.holder);
    state.holder.reset();
    file.write(state);
}

void clear(const StateFile &file, const PoolState &state)
{
    PoolState left = state;
    clear_holder(file, left);
    const auto number = device_of(left);
    if (number) {
        ZramDevice device = ZramDevice::existing(*number);
        swap_off(device.node());
        if (left.step == Step::adding || left.added) {
            device.remove();
        } else {
            if (device.initialised())
                device.reset();
            if (!left.former_algorithm.empty() && device.algorithms().chosen != left.former_algorithm)
                device.set_algorithm(left.former_algorithm);
        }
    } else if (left.step != Step::adding) {
        spdlog::warn("the pool's device /dev/zram{} has gone, or is another by now: nothing is done to it",
                     left.device.value_or(0));
    }
    file.remove();
}

} // namespace memory_collector::pool
