// SPDX-License-Identifier: GPL-2.0-only
#include "pool/swap_area.h"

#include "pool/swap_cgroups.h"
#include "pool/tool.h"
#include "support/error.h"
#include "support/files.h"

#include <sys/swap.h>

#include <cerrno>

namespace memory_collector::pool {

std::vector<SwapArea> swap_areas(const HostPaths &host)
{
    return parse_swaps(read_file(host.at("/proc/swaps").string()));
}

std::optional<SwapArea> swap_area(std::string_view name, const HostPaths &host)
{
    for (SwapArea &area : swap_areas(host))
        if (area.name == name)
            return std::move(area);
    return std::nullopt;
}

std::uint64_t available_memory(const HostPaths &host)
{
    return parse_available(read_file(host.at("/proc/meminfo").string())).value_or(0);
}

void make_swap_area(const std::string &node)
{
    run_tool({"mkswap", node}, "util-linux");
}

void swap_on(const std::string &node, int priority)
{
    const int flags = SWAP_FLAG_PREFER | ((priority << SWAP_FLAG_PRIO_SHIFT) & SWAP_FLAG_PRIO_MASK);
    if (::swapon(node.c_str(), flags) == 0)
        return;
    const int error = errno;
    throw Error("cannot swap to " + node + ": " + error_text(error) +
                (error == EPERM ? "; run as root (CAP_SYS_ADMIN)" : "") +
                (error == ENOSYS ? "; this kernel does not swap (CONFIG_SWAP is off)" : ""));
}

void swap_off(const std::string &node)
{
    const auto area = swap_area(node);
    if (!area)
        return;
    if (const auto why = why_no_room(area->used_bytes, available_memory()))
        throw Error("cannot take " + node + " away: " + *why + "; end what uses it, or free memory");
    if (const auto why = why_no_room_in_cgroups(area->used_bytes))
        throw Error("cannot take " + node + " away: " + *why + ", or end what is in it");
    if (::swapoff(node.c_str()) == 0)
        return;
    const int error = errno;
    // Another was quicker.
    if (error == EINVAL && !swap_area(node))
        return;
    throw Error("cannot end swapping to " + node + ": " + error_text(error) +
                (error == EPERM ? "; run as root (CAP_SYS_ADMIN)" : "") +
                (error == ENOMEM ? "; end what uses it, or free memory" : ""));
}

} // namespace memory_collector::pool
