// SPDX-License-Identifier: GPL-2.0-only
//
// Memory that is used in bursts, as by somebody at a screen.
#include "lab/kinds/kinds.h"
#include "lab/region.h"

namespace memory_collector::lab {

namespace {

class InteractiveBurst : public Workload {
public:
    void add_options(Options &options) override
    {
        options.number("--region-mb", region_, {1, 8192, Unit::mebibytes}, "memory, all workers together");
        options.number("--active-ms", active_ns_, {1, 10000, Unit::milliseconds},
                       "how long pages are touched, as fast as can be");
        options.number("--idle-ms", idle_ns_, {1, 30000, Unit::milliseconds},
                       "how long nothing is done then");
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
        for (std::uint64_t due = worker.start_ns(); worker.wait_until_due(due);
             due += active_ns_ + idle_ns_) {
            worker.counts().operations++;
            touch_until(worker, picker, due + active_ns_);
        }
    }

    std::optional<Goal> goal(const CommonOptions &common, const Counts &sum,
                             std::uint64_t until_ns) const override
    {
        const std::uint64_t period = active_ns_ + idle_ns_;
        const std::uint64_t bursts = (std::min(until_ns, common.duration_ns) + period - 1) / period;
        return Goal{"bursts", static_cast<double>(common.workers * ns_per_s) / static_cast<double>(period),
                    static_cast<double>(bursts * common.workers), static_cast<double>(sum.operations)};
    }

private:
    void touch_until(Worker &worker, const PagePicker &picker, std::uint64_t end_ns) const
    {
        // So many between two looks at the clock.
        constexpr std::uint64_t step = 256;
        while (!worker.over() && monotonic_ns() < end_ns)
            touch_picked(worker, *memory_, picker, step);
    }

    std::uint64_t region_ = 128ull << 20;
    std::uint64_t active_ns_ = 100 * ns_per_ms;
    std::uint64_t idle_ns_ = 400 * ns_per_ms;
    std::unique_ptr<Region> memory_;
};

} // namespace

std::unique_ptr<Workload> make_interactive_burst()
{
    return std::make_unique<InteractiveBurst>();
}

} // namespace memory_collector::lab
