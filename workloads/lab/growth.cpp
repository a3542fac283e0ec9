// SPDX-License-Identifier: GPL-2.0-only
#include "lab/growth.h"

#include "support/error.h"

#include <spdlog/fmt/fmt.h>

#include <algorithm>

namespace memory_collector::lab {

namespace {

// How often a worker brings its memory to where it should be: of many workers each less often, so that
// waking up is not all that the machine does.
std::uint64_t step_ns(std::uint64_t workers)
{
    return std::clamp(workers * ns_per_ms / 2, 10 * ns_per_ms, 250 * ns_per_ms);
}

std::uint64_t bytes_in(std::uint64_t ns, std::uint64_t bytes_per_second)
{
    return ns / ns_per_s * bytes_per_second +
           static_cast<std::uint64_t>(static_cast<double>(ns % ns_per_s) *
                                      static_cast<double>(bytes_per_second) / static_cast<double>(ns_per_s));
}

// Of a sum of growth, the pages of a worker that has `pages` of each peak: a whole peak is all of them.
std::uint64_t part_in_pages(std::uint64_t bytes, std::uint64_t peak, std::uint64_t pages)
{
    return bytes / peak * pages +
           static_cast<std::uint64_t>(static_cast<double>(bytes % peak) / static_cast<double>(peak) *
                                      static_cast<double>(pages));
}

} // namespace

std::uint64_t Shape::growth_ns() const
{
    return static_cast<std::uint64_t>(static_cast<double>(peak) / static_cast<double>(bytes_per_second) *
                                      static_cast<double>(ns_per_s));
}

std::uint64_t Shape::grown(std::uint64_t ns) const
{
    if (!repeats)
        return std::min(peak, bytes_in(ns, bytes_per_second));
    return ns / period_ns() * peak + std::min(peak, bytes_in(ns % period_ns(), bytes_per_second));
}

std::uint64_t Shape::held(std::uint64_t ns) const
{
    if (!repeats)
        return grown(ns);
    const std::uint64_t at = ns % period_ns();
    return at >= growth_ns() + hold_ns ? 0 : std::min(peak, bytes_in(at, bytes_per_second));
}

void Growth::add_rate(Options &options)
{
    options.number("--rate-mb", rate_, {1, 65536, Unit::mebibytes}, "growth a second, all workers together");
}

void Growth::add_peak_and_limit(Options &options)
{
    has_peak_ = true;
    options.number("--peak-mb", peak_, {1, 65536, Unit::mebibytes}, "grows up to this, all workers together");
    add_limit(options, "never holds more: a higher peak is refused");
}

void Growth::add_limit(Options &options, const char *description)
{
    options.number("--limit-mb", limit_, {1, 65536, Unit::mebibytes}, description);
}

void Growth::add_allow_oom(Options &options)
{
    options.flag("--allow-oom", allow_oom_,
                 "may run into the limit of its memory cgroup and be killed there; the machine's memory "
                 "stays guarded");
}

void Growth::check(const CommonOptions &common) const
{
    if (has_peak_ && peak_ > limit_)
        throw UsageError(fmt::format("--peak-mb: {} is above --limit-mb, {}", peak_ >> 20, limit_ >> 20));
    check_region(has_peak_ ? "--peak-mb" : "--limit-mb", shape().peak, common);
}

Needs Growth::needs(const CommonOptions &common) const
{
    return {.bytes = std::min(shape().peak, shape().grown(common.duration_ns))};
}

void Growth::prepare(Worker &worker)
{
    memory_ = std::make_unique<Region>(worker.part_of(shape().peak / page_size()));
}

void Growth::drop(Worker &worker)
{
    memory_->drop();
    held_ = 0;
    worker.counts().held_bytes = 0;
}

void Growth::grow_to(Worker &worker, std::uint64_t grown, std::uint64_t peak)
{
    while (grown_ < grown && !worker.over()) {
        if (held_ == peak) {
            drop(worker);
            worker.counts().passes++;
        }
        // In steps, so that it can be stopped.
        const std::uint64_t more = std::min({grown - grown_, peak - held_, std::uint64_t{64}});
        worker.write(memory_->bytes().subspan(held_ * page_size(), more * page_size()), 8);
        grown_ += more;
        held_ += more;
        worker.counts().held_bytes = held_ * page_size();
        worker.counts().most_held_bytes =
            std::max<std::uint64_t>(worker.counts().most_held_bytes, held_ * page_size());
    }
}

void Growth::work(Worker &worker)
{
    const Shape all = shape();
    const std::uint64_t peak = memory_->pages();
    const std::uint64_t start = worker.start_ns();
    const std::uint64_t step = step_ns(worker.common().workers);
    for (std::uint64_t due = start; worker.wait_until_due(due); due += step) {
        grow_to(worker, part_in_pages(all.grown(due - start), all.peak, peak), peak);
        if (held_ != 0 && all.repeats && all.held(due - start) == 0)
            drop(worker);
        worker.counts().operations++;
    }
}

std::optional<Goal> Growth::goal(const CommonOptions &common, const Counts &sum, std::uint64_t until_ns) const
{
    // The last step is up to one step before the end.
    const std::uint64_t end = std::min(until_ns, common.duration_ns);
    const std::uint64_t step = step_ns(common.workers);
    const std::uint64_t last = end == 0 ? 0 : (end - 1) / step * step;
    const Shape all = shape();
    // Each worker's part is of whole pages.
    std::uint64_t pages = 0;
    for (std::uint64_t i = 0; i < common.workers; i++)
        pages += part_in_pages(all.grown(last), all.peak, common.part_of(all.peak / page_size(), i));
    return Goal{"bytes", 0, static_cast<double>(pages * page_size()),
                static_cast<double>(sum.pages_written * page_size())};
}

} // namespace memory_collector::lab
