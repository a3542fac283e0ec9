// SPDX-License-Identifier: GPL-2.0-only
#include "pool/recompress.h"

#include "pool/trigger_parts.h"
#include "support/clock.h"
#include "support/error.h"

namespace memory_collector::pool {

Recompressed recompress(const RecompressOptions &options)
{
    ReadyPool pool;
    const auto algorithms = pool.device.recompression();
    // Neither the kernel nor the pool has one: the device says which.
    std::string what = options.type == "all" ? "" : "type=" + options.type;
    if (options.threshold != 0 || what.empty())
        what += (what.empty() ? "" : " ") + ("threshold=" + std::to_string(options.threshold));
    if (options.type == "idle" || options.type == "huge_idle")
        pool.device.mark_all_idle();
    Recompressed done;
    done.algorithm = algorithms.empty() ? "" : algorithms.front();
    done.before = pool.device.memory();
    const std::uint64_t begun = monotonic_ns();
    pool.device.recompress(what);
    done.duration_ns = monotonic_ns() - begun;
    done.after = pool.device.memory();
    return done;
}

} // namespace memory_collector::pool
