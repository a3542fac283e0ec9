// SPDX-License-Identifier: GPL-2.0-only
//
// Processes that write some pages and end.
#include "lab/child.h"
#include "lab/kinds/kinds.h"
#include "lab/region.h"

namespace memory_collector::lab {

namespace {

class ForkTouchExit : public Workload {
public:
    void add_options(Options &options) override
    {
        options.number("--fork-rate", fork_rate_, {1, 1000, Unit::count},
                       "forks a second, all workers together");
        options.number("--touch-pages", touch_pages_, {1, 16384, Unit::count},
                       "pages that each child writes");
    }
    Uses uses() const override { return {}; }
    Needs needs(const CommonOptions &common) const override
    {
        return {.bytes = common.workers * touch_pages_ * page_size(), .processes = common.workers};
    }

    void prepare(Worker &) override { region_ = std::make_unique<Region>(touch_pages_); }

    void work(Worker &worker) override
    {
        const auto child = [&] {
            // Each child writes what no other does.
            Contents contents{worker.common().entropy, worker.random().next() + worker.counts().forks};
            for (std::size_t i = 0; i < region_->pages() && !worker.over(); i++) {
                const auto page = region_->page(i);
                contents.fill(page);
                worker.counts().pages_written++;
                if (i % 64 == 0 && worker.counts().forks % 8 == 1) {
                    worker.counts().measured_bytes += page.size();
                    worker.counts().compressed_bytes += compressed_size(page);
                }
            }
            return 0;
        };
        run_children(worker, fork_rate_, child);
    }

    std::optional<Goal> goal(const CommonOptions &common, const Counts &sum,
                             std::uint64_t until_ns) const override
    {
        return rate_goal("forks", fork_rate_, common, sum.forks, until_ns);
    }

private:
    std::uint64_t fork_rate_ = 20;
    std::uint64_t touch_pages_ = 64;
    std::unique_ptr<Region> region_;
};

} // namespace

std::unique_ptr<Workload> make_fork_touch_exit()
{
    return std::make_unique<ForkTouchExit>();
}

} // namespace memory_collector::lab
