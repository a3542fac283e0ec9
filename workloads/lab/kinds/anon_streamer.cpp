// SPDX-License-Identifier: GPL-2.0-only
//
// Memory that is written from one end to the other, again and again.
#include "lab/kinds/kinds.h"
#include "lab/region.h"

namespace memory_collector::lab {

namespace {

class AnonStreamer : public Workload {
public:
    void add_options(Options &options) override
    {
        options.number("--region-mb", region_, {1, 16384, Unit::mebibytes}, "memory, all workers together");
        options.number("--idle-ms", idle_ns_, {1, 30000, Unit::milliseconds}, "pause after each pass");
    }
    void check(const CommonOptions &common) const override { check_region("--region-mb", region_, common); }
    Uses uses() const override { return {}; }
    Needs needs(const CommonOptions &) const override { return {.bytes = region_}; }

    void prepare(Worker &worker) override
    {
        memory_ = std::make_unique<Region>(worker.part_of(region_ / page_size()));
    }

    void work(Worker &worker) override
    {
        for (std::uint64_t due = worker.start_ns(); worker.wait_until_due(due);
             due = monotonic_ns() + idle_ns_) {
            if (write_all(worker, *memory_) < memory_->pages())
                return;
            worker.counts().passes++;
            worker.counts().operations++;
        }
    }

    // As fast as the memory lets it: nothing that could be missed.
    std::optional<Goal> goal(const CommonOptions &, const Counts &, std::uint64_t) const override
    {
        return std::nullopt;
    }

private:
    std::uint64_t region_ = 512ull << 20;
    std::uint64_t idle_ns_ = 300 * ns_per_ms;
    std::unique_ptr<Region> memory_;
};

} // namespace

std::unique_ptr<Workload> make_anon_streamer()
{
    return std::make_unique<AnonStreamer>();
}

} // namespace memory_collector::lab
