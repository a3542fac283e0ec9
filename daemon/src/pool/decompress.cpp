// SPDX-License-Identifier: GPL-2.0-only
#include "pool/holder.h"
#include "pool/swap_area.h"
#include "pool/trigger.h"
#include "pool/trigger_parts.h"
#include "support/error.h"
#include "support/units.h"

#include <algorithm>

namespace memory_collector::pool {

namespace {

constexpr unsigned bursts = 10;

std::uint64_t read_bytes(const ZramDevice &device)
{
    const auto requests = device.requests();
    if (!requests)
        throw Error("cannot read what was read of " + device.node() + " (/sys/block/" + device.name() +
                    "/stat)");
    return requests->read_bytes;
}

} // namespace

Decompressed trigger_decompress(Order order, std::uint64_t duration_ns, Signals &signals)
{
    ReadyPool pool;
    if (!pool.state.holder)
        throw Error("the pool holds nothing of ours; memory-collector pool trigger compress fills it");
    HolderMemory memory{*pool.state.holder};
    Decompressed done;
    done.bytes = pool.state.holder->bytes;
    const HolderMemory::Swapped swapped = memory.swapped();
    done.swapped_pages = swapped.pages;
    if (const auto why = why_no_room(swapped.pages * memory.page_size(), available_memory()))
        throw Error("the holder's pages cannot come back: " + *why +
                    "; memory-collector pool reset ends it without reading them");
    done.before = pool.device.memory();
    const std::uint64_t read_before = read_bytes(pool.device);
    const std::uint64_t at_once = pages_at_once(memory.pages());
    const std::uint64_t steps = (memory.pages() + at_once - 1) / at_once;
    Pace pace{steps, duration_ns, order == Order::burst ? bursts : 0, signals};
    for (std::uint64_t i = 0; i < steps; i++) {
        pace.wait_for(i);
        const std::uint64_t first = i * at_once;
        memory.read_back(first, std::min(at_once, memory.pages() - first));
    }
    done.duration_ns = pace.gone_ns();
    done.after = pool.device.memory();
    done.read_bytes = difference(read_bytes(pool.device), read_before);
    clear_holder(pool.file, pool.state);
    // What the device could not take was in memory all the time, and is not read of it.
    const std::uint64_t wanted =
        std::min(swapped.others_than_zero * memory.page_size(), done.before.orig_data_size);
    if (done.read_bytes < wanted / 10 * 9 || done.read_bytes == 0)
        throw Error("of " + format_bytes(wanted) + " in " + pool.device.node() + " only " +
                    format_bytes(done.read_bytes) +
                    " were read back: the other pages were in memory already (the holder is ended)");
    return done;
}

} // namespace memory_collector::pool
