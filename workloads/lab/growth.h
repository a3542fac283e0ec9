// SPDX-License-Identifier: GPL-2.0-only
//
// Memory that grows and is given back, by the clock: leak, sawtooth, plateau and burst.
#pragma once

#include "lab/region.h"
#include "lab/workload.h"

#include <cstdint>
#include <memory>

namespace memory_collector::lab {

// Grows at a rate up to a peak. Then it stays there (cycle 0), or after `hold` all of it is given
// back, and after `rest` it begins again.
struct Shape {
    std::uint64_t bytes_per_second = 0;
    std::uint64_t peak = 0;
    std::uint64_t hold_ns = 0;
    std::uint64_t rest_ns = 0;
    bool repeats = false;

    std::uint64_t growth_ns() const;
    std::uint64_t period_ns() const { return growth_ns() + hold_ns + rest_ns; }
    // All growth up to a time, what was given back included.
    std::uint64_t grown(std::uint64_t ns) const;
    // What is held at a time.
    std::uint64_t held(std::uint64_t ns) const;
};

class Growth : public Workload {
public:
    Uses uses() const override { return {}; }
    void check(const CommonOptions &common) const override;
    Needs needs(const CommonOptions &common) const override;
    void prepare(Worker &worker) override;
    void work(Worker &worker) override;
    std::optional<Goal> goal(const CommonOptions &common, const Counts &sum,
                             std::uint64_t until_ns) const override;
    bool may_meet_limit() const override { return allow_oom_; }

protected:
    virtual Shape shape() const = 0;

    void add_rate(Options &options);
    void add_peak_and_limit(Options &options);
    void add_limit(Options &options, const char *description);
    void add_allow_oom(Options &options);

    std::uint64_t rate_ = 16ull << 20;
    std::uint64_t peak_ = 256ull << 20;
    std::uint64_t limit_ = 1024ull << 20;
    bool has_peak_ = false;
    bool allow_oom_ = false;

private:
    // Of this worker, in whole pages.
    void grow_to(Worker &worker, std::uint64_t grown, std::uint64_t peak);
    void drop(Worker &worker);

    std::unique_ptr<Region> memory_;
    std::uint64_t grown_ = 0;
    std::uint64_t held_ = 0;
};

} // namespace memory_collector::lab
