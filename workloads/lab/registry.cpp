// SPDX-License-Identifier: GPL-2.0-only
#include "lab/kinds/kinds.h"
#include "lab/workload.h"
#include "support/error.h"

#include <spdlog/fmt/fmt.h>

#include <array>

namespace memory_collector::lab {

std::span<const WorkloadEntry> workloads()
{
    static constexpr std::array<WorkloadEntry, 11> table{{
        {"fork_exit_storm", "processes that end at once", make_fork_exit_storm},
        {"fork_touch_exit", "processes that write some pages and end", make_fork_touch_exit},
        {"fork_exec_storm", "processes that become another program", make_fork_exec_storm},
        {"interactive_burst", "memory that is used in bursts", make_interactive_burst},
        {"mmap_churn", "mappings that are made, written and unmapped", make_mmap_churn},
        {"anon_streamer", "memory written from one end to the other, again and again", make_anon_streamer},
        {"random_touch_heap", "pages touched at random, at a rate", make_random_touch_heap},
        {"leak", "grows at a rate up to a limit, and holds it", make_leak},
        {"sawtooth", "grows to a peak, gives all back, begins again", make_sawtooth},
        {"plateau", "grows to a peak quickly, and holds it", make_plateau},
        {"burst", "grows to a peak, holds it for a while, gives it back, rests", make_burst},
    }};
    return table;
}

Goal rate_goal(std::string unit, std::uint64_t per_second, const CommonOptions &common, std::uint64_t done,
               std::uint64_t until_ns)
{
    const Schedule schedule{per_second, common.duration_ns, common.workers};
    return {std::move(unit), static_cast<double>(per_second),
            static_cast<double>(schedule.due_before(until_ns)), static_cast<double>(done)};
}

void check_region(std::string_view option, std::uint64_t bytes, const CommonOptions &common)
{
    if (bytes / page_size() < common.workers)
        throw UsageError(fmt::format("{}: {} bytes are less than a page for each of --workers {}", option,
                                     bytes, common.workers));
}

} // namespace memory_collector::lab
