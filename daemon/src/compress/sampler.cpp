// SPDX-License-Identifier: GPL-2.0-only
#include "compress/sampler.h"

#include "oom/parse.h"
#include "support/clock.h"
#include "support/error.h"
#include "support/files.h"

#include <unistd.h>

#include <algorithm>

namespace memory_collector::compress {

namespace {

// Of one process each, and the same for the same seed.
std::uint64_t seed_of(std::uint64_t seed, std::uint32_t pid)
{
    return seed * 0x9e3779b97f4a7c15 + pid;
}

// Its name and begin, as /proc/PID/stat has them.
bool identify(std::uint32_t pid, MemoryEstimate &to)
{
    oom::ProcessSample process;
    if (!oom::parse_process_stat(read_file("/proc/" + std::to_string(pid) + "/stat", 4096), process))
        return false;
    const long ticks = ::sysconf(_SC_CLK_TCK);
    to.pid = pid;
    to.comm = process.name();
    to.start_time_ns = process.start_ticks * (ns_per_s / static_cast<std::uint64_t>(ticks > 0 ? ticks : 100));
    return true;
}

DeviceSet kernel_devices()
{
    if (::sysconf(_SC_PAGESIZE) != static_cast<long>(page_bytes))
        throw Error("pages of this machine have " + std::to_string(::sysconf(_SC_PAGESIZE)) +
                    " bytes; compression is estimated for pages of " + std::to_string(page_bytes) + " only");
    return {kernel_shmem_device()};
}

} // namespace

Sampler::Sampler(const SamplerOptions &options, Waiter &waiter)
    : options_(options), pace_(options.cpu_share, waiter), meter_(options.settings),
      zsmalloc_(zsmalloc_rules(HostPaths{})), shmem_(kernel_devices()), zero_frame_(zero_page_frame()),
      coldness_(choose_coldness(options.coldness, shmem_))
{
    if (coldness_.source)
        coldness_.why_not.clear();
}

std::optional<SampledProcess> Sampler::sample(std::uint32_t pid)
{
    SampledProcess process;
    process.estimate.pid = pid;
    process.estimate.cold_after_ns = options_.cold_after_ns;
    process.estimate.coldness_source = coldness_.why_not;
    if (!pace_.keep())
        return std::nullopt;
    const ProcessMemory::Opened opened = ProcessMemory::open(pid);
    // A pid that another process has got since is seen by its start time.
    const bool identified = identify(pid, process.estimate);
    if (!opened.memory || !identified) {
        process.failure = opened.memory ? ProcessMemory::Failure::gone : opened.failure;
        process.not_sampled = failure_text(process.failure, opened.error);
        return process;
    }
    PopulationOptions options{options_.most_pages, seed_of(options_.seed, pid), shmem_, zero_frame_};
    add_tmpfs_devices(read_file("/proc/" + std::to_string(pid) + "/mountinfo"), options.shmem);
    process.population = find_population(*opened.memory, options);
    process.chosen = process.population.sample.size();
    process.estimate.resident_pages = process.population.pages();
    if (process.population.gone || process.chosen == 0) {
        process.failure = process.population.gone ? ProcessMemory::Failure::gone : process.failure;
        process.not_sampled =
            process.population.gone ? "it ended meanwhile" : "it has no memory that could be swapped";
        return process;
    }
    if (!pace_.keep() || !measure_coldness(*opened.memory, process) || !read_pages(*opened.memory, process))
        return std::nullopt;
    process.population.sample = {};
    if (process.estimate.sampled_pages == 0)
        process.not_sampled = "none of the pages that were chosen was there any more";
    return process;
}

bool Sampler::measure_coldness(const ProcessMemory &memory, SampledProcess &to)
{
    MemoryEstimate &estimate = to.estimate;
    if (!coldness_.source)
        return true;
    if (auto reason = coldness_.source->begin(memory, to.population)) {
        estimate.coldness_source = std::move(*reason);
        return true;
    }
    const std::uint64_t begun = monotonic_ns();
    if (!pace_.wait(coldness_.source->watch_ns(options_.cold_after_ns)))
        return false;
    // Where it was watched longer to know, it is what was asked for.
    const std::uint64_t longer = coldness_.source->watch_ns(options_.cold_after_ns) - options_.cold_after_ns;
    const std::uint64_t passed = monotonic_ns() - begun - longer;
    estimate.cold_share = coldness_.source->end(memory, to.population, options_.cold_after_ns);
    if (!estimate.cold_share) {
        estimate.coldness_source = "its memory was no longer there to be looked at";
        return true;
    }
    estimate.coldness_source = coldness_.source->name();
    estimate.cold_after_ns = passed;
    // A page that was used at least once would have been read back once, had it been swapped out.
    estimate.accesses_per_page_second =
        (1 - estimate.cold_share->value) / (static_cast<double>(std::max<std::uint64_t>(passed, 1)) / 1e9);
    return true;
}

bool Sampler::read_pages(const ProcessMemory &memory, SampledProcess &to)
{
    PageFigures figures{meter_.settings().size(), zsmalloc_};
    std::size_t since_wait = 0;
    for (const PageAt &page : to.population.sample) {
        if (read_present_page(memory, page, meter_.next(), to.reads))
            meter_.add(figures);
        if (++since_wait < batch_pages || meter_.pending())
            continue;
        // Nothing of any page is kept while this waits.
        meter_.wipe();
        since_wait = 0;
        if (!pace_.keep())
            return false;
    }
    meter_.finish(figures);
    figures.fill(to.estimate, meter_.settings(), to.population.pages());
    return true;
}

} // namespace memory_collector::compress
