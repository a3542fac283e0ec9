// SPDX-License-Identifier: GPL-2.0-only
#include "compress/population.h"

#include "compress/estimate.h"
#include "compress/reservoir.h"

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <array>

namespace memory_collector::compress {

namespace {

// Entries of one mapping that are read one by one: 64 GiB of addresses, 0.2 s of a CPU.
constexpr std::uint64_t most_entries = std::uint64_t{1} << 24;

class Search {
public:
    Search(const ProcessMemory &memory, const PopulationOptions &options)
        : memory_(memory), options_(options), scan_(options.scan),
          reservoir_(options.most_sampled, options.seed)
    {
    }

    Population run()
    {
        std::vector<Mapping> mappings;
        found_.gone = !memory_.mappings([&](const Mapping &mapping) {
            const Takes takes = takes_of(mapping, options_.shmem);
            if (takes.locked)
                found_.locked_pages += mapping.resident_bytes / page_bytes;
            if (takes.special)
                found_.special_pages += mapping.resident_bytes / page_bytes;
            if (!takes.any())
                return;
            found_.swapped_pages += mapping.swapped_bytes / page_bytes;
            // Most of a large program's are mappings of files with nothing of their own.
            if ((takes.anonymous && mapping.anonymous_bytes != 0) ||
                (takes.shmem && mapping.resident_bytes != 0))
                mappings.push_back(mapping);
        });
        for (const Mapping &mapping : mappings)
            look_at(mapping);
        found_.sample = reservoir_.take();
        return std::move(found_);
    }

private:
    void look_at(const Mapping &mapping)
    {
        const Takes takes = takes_of(mapping, options_.shmem);
        if (scan_) {
            bool done = true;
            for (const bool file : {false, true})
                if (done && (file ? takes.shmem : takes.anonymous))
                    done = memory_.scan(mapping.begin, mapping.end, file,
                                        [&](std::uint64_t begin, std::uint64_t end) {
                                            add({begin, (end - begin) / page_bytes, file});
                                        });
            if (done)
                return;
            // The first call of all tells whether there is such a thing.
            if (found_.pages() != 0)
                return;
            scan_ = false;
        }
        read_entries(mapping, takes);
    }

    void read_entries(const Mapping &mapping, const Takes &takes)
    {
        if ((mapping.end - mapping.begin) / page_bytes > most_entries) {
            found_.unseen_pages +=
                (takes.shmem ? mapping.resident_bytes : mapping.anonymous_bytes) / page_bytes;
            return;
        }
        std::array<PageEntry, 1024> entries;
        for (std::uint64_t at = mapping.begin; at < mapping.end; at += entries.size() * page_bytes) {
            const std::size_t count =
                std::min<std::uint64_t>(entries.size(), (mapping.end - at) / page_bytes);
            if (!memory_.entries(at, {entries.data(), count}))
                return;
            for (std::size_t i = 0; i < count; i++)
                if (const PageEntry &entry = entries.at(i);
                    entry.present() && (entry.file() ? takes.shmem : takes.anonymous) &&
                    (options_.zero_frame == 0 || entry.frame() != options_.zero_frame))
                    add({at + i * page_bytes, 1, entry.file()});
        }
    }

    void add(const PageRun &run)
    {
        (run.shmem ? found_.shmem_pages : found_.anonymous_pages) += run.pages;
        reservoir_.offer(run.pages, [&](std::uint64_t i) {
            return PageAt{run.begin + i * page_bytes, run.shmem};
        });
    }

    const ProcessMemory &memory_;
    const PopulationOptions &options_;
    bool scan_;
    Reservoir<PageAt> reservoir_;
    Population found_;
};

} // namespace

Population find_population(const ProcessMemory &memory, const PopulationOptions &options)
{
    return Search{memory, options}.run();
}

std::uint64_t zero_page_frame()
{
    const auto memory = ProcessMemory::open(static_cast<std::uint32_t>(::getpid())).memory;
    void *const page =
        ::mmap(nullptr, page_bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (!memory || page == MAP_FAILED)
        return 0;
    // Read and never written to.
    ::madvise(page, page_bytes, MADV_NOHUGEPAGE);
    static_cast<void>(*static_cast<const volatile char *>(page));
    const auto entry = memory->entry(reinterpret_cast<std::uintptr_t>(page));
    ::munmap(page, page_bytes);
    return entry ? entry->frame() : 0;
}

} // namespace memory_collector::compress
