// SPDX-License-Identifier: GPL-2.0-only
#include "command/doctor_saving_checks.h"

namespace memory_collector {

Finding check_coldness(const Inspection &host)
{
    Finding finding{.check = "coldness", .found = {}, .cost = {}, .remedy = {}};
    std::string asked_for;
    for (const compress::ColdnessOffer &offer : host.coldness) {
        std::string &list = offer.by_itself ? finding.found : asked_for;
        list += (list.empty() ? "" : ", ") + offer.name;
    }
    if (finding.found.empty()) {
        finding.found = "nothing that leaves reclaim alone";
        finding.cost = "compress knows no coldness by itself, and never chooses zstd";
        finding.remedy = "compress --coldness clear-refs; or a kernel with CONFIG_IDLE_PAGE_TRACKING or "
                         "CONFIG_MEM_SOFT_DIRTY";
    }
    if (!asked_for.empty())
        finding.found += "; when asked for: " + asked_for;
    return finding;
}

Finding check_pool(const Inspection &host)
{
    using pool::ZramPresence;
    Finding finding{.check = "pool", .found = {}, .cost = {}, .remedy = {}};
    switch (host.pool.zram) {
    case ZramPresence::absent:
        finding.found = "this kernel has no zram";
        finding.cost = "no RAM pool";
        finding.remedy = "the modules of the running kernel (Debian: apt-get install linux-image-" +
                         host.release + "), or a kernel with CONFIG_ZRAM";
        return finding;
    case ZramPresence::loadable:
        finding.found = "zram is a module, which pool setup loads";
        break;
    case ZramPresence::loaded:
        finding.found = "the module zram is loaded";
        break;
    case ZramPresence::built_in:
        finding.found = "zram is built in";
        break;
    }
    if (!host.pool.algorithms.empty())
        finding.found += ", with " + host.pool.algorithms;
    if (host.pool.device)
        finding.found += "; a pool is set up, /dev/zram" + std::to_string(*host.pool.device);
    if (!host.pool.swaps) {
        finding.cost = "no RAM pool: this kernel does not swap";
        finding.remedy = "a kernel with CONFIG_SWAP";
    } else if (!host.privileges.has(Capability::sys_admin)) {
        finding.cost = "no RAM pool without CAP_SYS_ADMIN";
        finding.remedy = "sudo memory-collector pool setup";
    } else if (!host.pool.memory_cgroups) {
        finding.cost = "no pool trigger: no hierarchy of memory cgroups is mounted";
        finding.remedy = "mount -t cgroup2 none /sys/fs/cgroup";
    }
    return finding;
}

} // namespace memory_collector
