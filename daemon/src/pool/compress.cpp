// SPDX-License-Identifier: GPL-2.0-only
#include "pool/each_cpu.h"
#include "pool/holder.h"
#include "pool/memory_cgroup.h"
#include "pool/swap_area.h"
#include "pool/trigger.h"
#include "pool/trigger_parts.h"
#include "support/error.h"
#include "support/units.h"

#include <unistd.h>

#include <algorithm>

namespace memory_collector::pool {

namespace {

// Pages that are busy for a moment come along in a later round.
constexpr std::size_t rounds = 10;
constexpr std::uint64_t between_rounds_ns = 50 * ns_per_ms;

class Compress {
public:
    Compress(const CompressOptions &options, Signals &signals) : options_(options), signals_(signals) {}

    Compressed run()
    {
        check();
        try {
            hold();
            push();
            judge();
        } catch (...) {
            clear_holder(pool_.file, pool_.state);
            throw;
        }
        pool_.state.holder->complete = true;
        pool_.file.write(pool_.state);
        return done_;
    }

private:
    void check()
    {
        if (pool_.state.holder)
            throw Error("a holder is there already; memory-collector pool trigger decompress reads it back "
                        "and ends it");
        const std::vector<SwapArea> areas = swap_areas();
        if (const auto why = why_not_first(areas, pool_.device.node()))
            throw Error(*why + "; set the pool up with a higher --priority, or swapoff the other");
        const std::uint64_t free = swap_area(pool_.device.node())->free_bytes();
        const std::uint64_t available = available_memory();
        done_.page_size = static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
        done_.bytes = options_.size != 0 ? options_.size / done_.page_size * done_.page_size
                                         : amount_of(options_.amount, free, available, done_.page_size);
        if (done_.bytes < mix_pages * done_.page_size)
            throw Error("there is no room for " + format_bytes(mix_pages * done_.page_size) + ": " +
                        format_bytes(free) + " are free in the pool, " + format_bytes(available) +
                        " of memory are available");
        if (done_.bytes > free)
            throw Error(format_bytes(done_.bytes) + " do not fit into the pool: " + format_bytes(free) +
                        " of " + pool_.device.node() + " are free; push less, or set up a larger one");
        if (const auto why = why_no_room(done_.bytes, available))
            throw Error("there is no memory for a holder of " + format_bytes(done_.bytes) + ": " +
                        format_bytes(available) + " are available; push less by --size");
        done_.contents = count_pages(done_.bytes / done_.page_size);
    }

    // Each step is written down before it is taken.
    void hold()
    {
        HolderState &holder = pool_.state.holder.emplace(plan_cgroup());
        holder.bytes = done_.bytes;
        holder.seed = monotonic_ns();
        pool_.file.write(pool_.state);
        make_cgroup(holder, holder.bytes + holder_slack);
        begin_holder(holder, [&] { pool_.file.write(pool_.state); });
        pool_.file.write(pool_.state);
        done_.holder = holder.process->pid;
    }

    void push()
    {
        const HolderMemory memory{*pool_.state.holder};
        done_.before = pool_.device.memory();
        failed_before_ = failed_writes();
        at_once_ = pages_at_once(memory.pages());
        const std::uint64_t steps = (memory.pages() + at_once_ - 1) / at_once_;
        Pace pace{steps, options_.duration_ns, 0, signals_};
        for (std::uint64_t i = 0; i < steps && !refused(); i++) {
            pace.wait_for(i);
            push_step(memory, i);
            look();
        }
        push_the_rest(memory, steps);
        look();
        done_.duration_ns = pace.gone_ns();
        const HolderMemory::Swapped swapped = memory.swapped();
        done_.swapped_pages = swapped.pages;
        if (swapped.areas == 0 && swapped.pages != 0 && swap_areas().size() > 1)
            throw Error(
                "this kernel does not say where pages went (CONFIG_PROC_PAGE_MONITOR is off), and there are "
                "other swap areas beside " +
                pool_.device.node() + "; swapoff these and try again");
        if (swapped.areas > 1)
            throw Error("pages went to another swap area beside " + pool_.device.node() +
                        "; swapoff the others and try again");
    }

    void push_step(const HolderMemory &memory, std::uint64_t step) const
    {
        const std::uint64_t first = step * at_once_;
        memory.push_out(first, std::min(at_once_, memory.pages() - first));
    }

    void push_the_rest(const HolderMemory &memory, std::uint64_t steps)
    {
        EachCpu cpus;
        for (std::size_t i = 0; i < rounds * cpus.count(); i++) {
            if (refused() || memory.swapped().pages == memory.pages())
                return;
            cpus.next();
            for (std::uint64_t step = 0; step < steps && !refused(); step++)
                push_step(memory, step);
            const bool pause = (i + 1) % cpus.count() == 0;
            if (signals_.wait(pause ? between_rounds_ns : 0).stop != 0)
                throw Error("stopped by a signal");
        }
    }

    void look()
    {
        done_.after = pool_.device.memory();
        Peaks &peaks = pool_.state.peaks;
        peaks.orig_data_size = std::max(peaks.orig_data_size, done_.after.orig_data_size);
        peaks.compr_data_size = std::max(peaks.compr_data_size, done_.after.compr_data_size);
    }

    std::uint64_t failed_writes() const
    {
        const auto failures = pool_.device.failures();
        return failures ? failures->failed_writes : 0;
    }

    bool refused() const { return failed_writes() > failed_before_; }

    void judge()
    {
        done_.failed_writes = difference(failed_writes(), failed_before_);
        const std::uint64_t rise = difference(done_.after.orig_data_size, done_.before.orig_data_size);
        const std::uint64_t wanted = (done_.contents.all() - done_.contents.zero) * done_.page_size;
        if (done_.failed_writes != 0)
            done_.full = done_.after.mem_limit != 0
                             ? "its limit of " + format_bytes(done_.after.mem_limit) + " is reached (" +
                                   format_bytes(done_.after.mem_used_total) + " used)"
                             : std::string{"the kernel has no memory for it"};
        const std::string said = "orig_data_size of " + pool_.device.node() + " rose by " +
                                 format_bytes(rise) + " of " + format_bytes(wanted);
        if (rise == 0 && done_.full)
            throw Error(said + ": the pool is full, " + *done_.full +
                        "; set up one with a larger --mem-limit");
        if (rise < wanted / 10 * 9 && !done_.full)
            throw Error(said + ": the kernel paged out " + std::to_string(done_.swapped_pages) + " of " +
                        std::to_string(done_.contents.all()) +
                        " pages; see whether a limit of swap holds for memory cgroups here (memory.swap.max, "
                        "memory.memsw.limit_in_bytes)");
    }

    const CompressOptions &options_;
    Signals &signals_;
    ReadyPool pool_;
    Compressed done_;
    std::uint64_t failed_before_ = 0;
    std::uint64_t at_once_ = 1;
};

} // namespace

Compressed trigger_compress(const CompressOptions &options, Signals &signals)
{
    return Compress{options, signals}.run();
}

} // namespace memory_collector::pool
