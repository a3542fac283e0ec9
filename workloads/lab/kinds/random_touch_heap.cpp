// SPDX-License-Identifier: GPL-2.0-only
//
// Pages touched at random, at a rate.
#include "lab/kinds/kinds.h"
#include "lab/region.h"

namespace memory_collector::lab {

namespace {

class RandomTouchHeap : public Workload {
public:
    void add_options(Options &options) override
    {
        options.number("--region-mb", region_, {1, 16384, Unit::mebibytes}, "memory, all workers together");
        options.number("--ops-per-sec", per_second_, {1, 5e7, Unit::count},
                       "touches a second, all workers together");
    }
    void check(const CommonOptions &common) const override { check_region("--region-mb", region_, common); }
    Uses uses() const override { return {.hot_share = true}; }
    Needs needs(const CommonOptions &) const override { return {.bytes = region_}; }

    void prepare(Worker &worker) override
    {
        memory_ = std::make_unique<Region>(worker.part_of(region_ / page_size()));
        write_all(worker, *memory_);
    }

    void work(Worker &worker) override
    {
        const PagePicker picker{worker.common(), memory_->pages()};
        worker.paced(Schedule{per_second_, worker.common().duration_ns, worker.common().workers},
                     [&](std::uint64_t count) {
                         touch_picked(worker, *memory_, picker, count);
                         return count;
                     });
    }

    std::optional<Goal> goal(const CommonOptions &common, const Counts &sum,
                             std::uint64_t until_ns) const override
    {
        return rate_goal("touches", per_second_, common, sum.operations, until_ns);
    }

private:
    std::uint64_t region_ = 512ull << 20;
    std::uint64_t per_second_ = 400'000;
    std::unique_ptr<Region> memory_;
};

} // namespace

std::unique_ptr<Workload> make_random_touch_heap()
{
    return std::make_unique<RandomTouchHeap>();
}

} // namespace memory_collector::lab
