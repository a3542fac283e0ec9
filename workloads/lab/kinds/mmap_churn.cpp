// SPDX-License-Identifier: GPL-2.0-only
//
// Mappings that are made, written and unmapped.
#include "lab/kinds/kinds.h"
#include "lab/region.h"

namespace memory_collector::lab {

namespace {

class MmapChurn : public Workload {
public:
    void add_options(Options &options) override
    {
        options.number("--map-kb", map_bytes_, {4, 1048576, Unit::kibibytes},
                       "size of each mapping, to the page above");
        options.number("--ops-per-sec", per_second_, {1, 100000, Unit::count},
                       "mappings a second, all workers together; every page of each is written");
    }
    Uses uses() const override { return {}; }
    Needs needs(const CommonOptions &common) const override
    {
        return {.bytes = common.workers * pages() * page_size()};
    }

    void work(Worker &worker) override
    {
        worker.paced(Schedule{per_second_, worker.common().duration_ns, worker.common().workers},
                     [&](std::uint64_t count) {
                         for (std::uint64_t i = 0; i < count; i++) {
                             const Region region{pages()};
                             worker.counts().maps++;
                             if (write_all(worker, region) < region.pages())
                                 return i;
                         }
                         return count;
                     });
        worker.counts().held_bytes = 0;
    }

    std::optional<Goal> goal(const CommonOptions &common, const Counts &sum,
                             std::uint64_t until_ns) const override
    {
        return rate_goal("mappings", per_second_, common, sum.operations, until_ns);
    }

private:
    std::size_t pages() const { return (map_bytes_ + page_size() - 1) / page_size(); }

    std::uint64_t map_bytes_ = 512ull << 10;
    std::uint64_t per_second_ = 500;
};

} // namespace

std::unique_ptr<Workload> make_mmap_churn()
{
    return std::make_unique<MmapChurn>();
}

} // namespace memory_collector::lab
