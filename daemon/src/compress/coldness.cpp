// SPDX-License-Identifier: GPL-2.0-only
#include "compress/coldness.h"

#include "support/error.h"
#include "support/sysfs_file.h"

#include <unistd.h>

#include <cerrno>

namespace memory_collector::compress {

ColdnessChoice choose_coldness(ColdnessKind kind, const DeviceSet &shmem)
{
    ColdnessChoice choice;
    switch (kind) {
    case ColdnessKind::automatic:
        // Not DAMON: what it says is rough, and by chance far off where its thread lags behind.
        choice.source = make_idle_pages();
        if (!choice.source)
            choice.source = make_soft_dirty();
        choice.why_not = "this kernel offers this user neither idle page tracking nor soft-dirty pages; "
                         "--clear-refs measures it, and disturbs the kernel's own choice of what to reclaim";
        break;
    case ColdnessKind::idle:
        choice.source = make_idle_pages();
        choice.why_not = "no idle page tracking: it takes CONFIG_IDLE_PAGE_TRACKING, root and CAP_SYS_ADMIN";
        break;
    case ColdnessKind::damon:
        choice = choose_damon();
        break;
    case ColdnessKind::soft_dirty:
        choice.source = make_soft_dirty();
        choice.why_not = "no soft-dirty pages: this kernel is built without CONFIG_MEM_SOFT_DIRTY";
        break;
    case ColdnessKind::clear_refs:
        choice.source = make_clear_refs(shmem);
        break;
    case ColdnessKind::none:
        choice.why_not = "not asked for";
        break;
    }
    return choice;
}

std::vector<ColdnessOffer> coldness_offers()
{
    std::vector<ColdnessOffer> offers;
    if (make_idle_pages())
        offers.push_back({"idle", true});
    if (make_soft_dirty())
        offers.push_back({"soft-dirty", true});
    if (choose_damon().source)
        offers.push_back({"damon", false});
    // Is there with CONFIG_PROC_PAGE_MONITOR.
    if (::access("/proc/self/clear_refs", W_OK) == 0)
        offers.push_back({"clear-refs", false});
    return offers;
}

std::optional<std::string> clear_refs(std::uint32_t pid, std::string_view what)
{
    const std::string path = "/proc/" + std::to_string(pid) + "/clear_refs";
    const int error = write_sysfs(path, what);
    if (error == 0)
        return std::nullopt;
    return "cannot write to " + path + ": " + error_text(error) +
           (error == EACCES ? "; its owner and root may" : "");
}

bool flush_translations(std::uint32_t pid)
{
    return !clear_refs(pid, "4");
}

} // namespace memory_collector::compress
