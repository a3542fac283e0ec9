// SPDX-License-Identifier: GPL-2.0-only
#include "pool/pool_host.h"

#include "host/kernel_host.h"
#include "oom/cgroup_tree.h"
#include "pool/module.h"
#include "pool/state_file.h"
#include "pool/zram_device.h"
#include "pool/zram_stats.h"
#include "support/error.h"

namespace memory_collector::pool {

namespace {

ZramPresence zram_presence(const HostPaths &host)
{
    if (has_zram(host))
        return zram_is_built_in(host) ? ZramPresence::built_in : ZramPresence::loaded;
    // depmod's list of what modprobe finds: "kernel/drivers/block/zram/zram.ko.xz: ...".
    const auto list = host.read("/lib/modules/" + kernel_release(host) + "/modules.dep");
    return list && list->find("/zram.ko") != std::string::npos ? ZramPresence::loadable
                                                               : ZramPresence::absent;
}

} // namespace

PoolHost inspect_pool(const HostPaths &host)
{
    PoolHost found;
    found.zram = zram_presence(host);
    for (const unsigned number : zram_numbers(host)) {
        const auto text = host.read("/sys/block/zram" + std::to_string(number) + "/comp_algorithm");
        found.algorithms = parse_algorithms(text.value_or("")).listed();
        if (!found.algorithms.empty())
            break;
    }
    found.swaps = host.exists("/proc/swaps");
    found.memory_cgroups = oom::memory_cgroups(host).has_value();
    try {
        if (const auto state = StateFile::look(host.at(RunState::default_folder)))
            found.device = state->device;
    } catch (const Error &) {
        // Not for this user; whoever works with the pool is told why.
    }
    return found;
}

} // namespace memory_collector::pool
