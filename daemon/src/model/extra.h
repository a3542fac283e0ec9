// SPDX-License-Identifier: GPL-2.0-only
//
// Columns of processes that some sources have, and some of these only if asked
// to: one line each in the table here, and a field in report.proto.
#pragma once

#include <array>
#include <bitset>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>

namespace memory_collector {

enum class Extra : std::uint8_t {
    reclaim_stalls,
    reclaim_ns,
    swapin_pages,
    swapout_pages,
    fault_ns,
    fault_max_ns,
    rss_peak_bytes,
    kmem_kmalloc_requested_bytes,
    kmem_kmalloc_bytes,
    kmem_kmalloc_held_bytes,
    kmem_page_bytes,
    kmem_page_held_bytes,
    kmem_vmalloc_bytes,
    kmem_percpu_bytes,
    kmem_missed_frees,
    footprint_bytes,
    malloc_bytes,
    llc_miss_bytes,
    kmem_cache_requested_bytes,
    kmem_cache_bytes,
    kmem_cache_held_bytes,
    kmem_vmalloc_held_bytes,
    kmem_percpu_held_bytes,
    kmem_untracked_bytes,
    malloc_untracked_bytes,
    virtual_bytes,
    faults_user,
    faults_kernel,
};

enum class ExtraKind : std::uint8_t {
    count, // grows over the process's life; a row has what was added
    level, // as of the end
    peak,  // the largest in the interval
};

struct ExtraColumn {
    Extra which;
    std::string_view name;
    ExtraKind kind;
};

inline constexpr ExtraColumn extra_columns[] = {
    {Extra::reclaim_stalls, "reclaim_stalls", ExtraKind::count},
    {Extra::reclaim_ns, "reclaim_ns", ExtraKind::count},
    {Extra::swapin_pages, "swapin_pages", ExtraKind::count},
    {Extra::swapout_pages, "swapout_pages", ExtraKind::count},
    {Extra::fault_ns, "fault_ns", ExtraKind::count},
    {Extra::fault_max_ns, "fault_max_ns", ExtraKind::peak},
    {Extra::rss_peak_bytes, "rss_peak_bytes", ExtraKind::peak},
    {Extra::kmem_kmalloc_requested_bytes, "kmem_kmalloc_requested_bytes", ExtraKind::count},
    {Extra::kmem_kmalloc_bytes, "kmem_kmalloc_bytes", ExtraKind::count},
    {Extra::kmem_kmalloc_held_bytes, "kmem_kmalloc_held_bytes", ExtraKind::level},
    {Extra::kmem_page_bytes, "kmem_page_bytes", ExtraKind::count},
    {Extra::kmem_page_held_bytes, "kmem_page_held_bytes", ExtraKind::level},
    {Extra::kmem_vmalloc_bytes, "kmem_vmalloc_bytes", ExtraKind::count},
    {Extra::kmem_percpu_bytes, "kmem_percpu_bytes", ExtraKind::count},
    {Extra::kmem_missed_frees, "kmem_missed_frees", ExtraKind::count},
    {Extra::footprint_bytes, "footprint_bytes", ExtraKind::level},
    {Extra::malloc_bytes, "malloc_bytes", ExtraKind::level},
    {Extra::llc_miss_bytes, "llc_miss_bytes", ExtraKind::count},
    {Extra::kmem_cache_requested_bytes, "kmem_cache_requested_bytes", ExtraKind::count},
    {Extra::kmem_cache_bytes, "kmem_cache_bytes", ExtraKind::count},
    {Extra::kmem_cache_held_bytes, "kmem_cache_held_bytes", ExtraKind::level},
    {Extra::kmem_vmalloc_held_bytes, "kmem_vmalloc_held_bytes", ExtraKind::level},
    {Extra::kmem_percpu_held_bytes, "kmem_percpu_held_bytes", ExtraKind::level},
    {Extra::kmem_untracked_bytes, "kmem_untracked_bytes", ExtraKind::count},
    {Extra::malloc_untracked_bytes, "malloc_untracked_bytes", ExtraKind::count},
    {Extra::virtual_bytes, "virtual_bytes", ExtraKind::level},
    {Extra::faults_user, "faults_user", ExtraKind::count},
    {Extra::faults_kernel, "faults_kernel", ExtraKind::count},
};

inline constexpr std::size_t extra_count = std::size(extra_columns);

constexpr bool extra_columns_in_order()
{
    for (std::size_t i = 0; i < extra_count; i++)
        if (static_cast<std::size_t>(extra_columns[i].which) != i)
            return false;
    return true;
}
static_assert(extra_columns_in_order());

using ExtraSet = std::bitset<extra_count>;

template <typename... Which> ExtraSet extras(Which... which)
{
    ExtraSet set;
    (set.set(static_cast<std::size_t>(which)), ...);
    return set;
}

// Of a row: null if not measured.
using ExtraValues = std::array<std::optional<std::uint64_t>, extra_count>;

// Of a process. Made when the first value comes: most have none.
class ExtraCounts {
public:
    // A count's value over its life, a level as of now, a candidate for a peak. Returns whether it
    // says anything new.
    bool tell(Extra which, std::uint64_t value, bool baseline)
    {
        Entry &entry = entries_[static_cast<std::size_t>(which)];
        const Entry old = entry;
        switch (extra_columns[static_cast<std::size_t>(which)].kind) {
        case ExtraKind::count:
            entry.now = value > entry.now ? value : entry.now;
            if (baseline)
                entry.before = entry.now;
            break;
        case ExtraKind::level:
            entry.now = value;
            entry.known = true;
            break;
        case ExtraKind::peak:
            // What it was before stays, and makes no row, until another is told.
            if (value > entry.now || !entry.fresh) {
                entry.fresh = !entry.known || value != entry.now;
                entry.now = value;
                entry.known = true;
            }
            entry.life = value > entry.life ? value : entry.life;
        }
        return entry.now != old.now || entry.known != old.known;
    }

    // These are told anew, counts from 0.
    void restart(const ExtraSet &which)
    {
        for (std::size_t i = 0; i < extra_count; i++)
            if (which[i])
                entries_[i] = {0, 0, entries_[i].life, false, false};
    }

    // Fills in what `measured` has, and ends the interval.
    void close(ExtraValues &to, const ExtraSet &measured)
    {
        for (std::size_t i = 0; i < extra_count; i++) {
            Entry &entry = entries_[i];
            const ExtraKind kind = extra_columns[i].kind;
            if (measured[i] && (kind == ExtraKind::count || entry.known))
                to[i] = kind == ExtraKind::count ? entry.now - entry.before : entry.now;
            if (kind == ExtraKind::count) {
                entry.life += entry.now - entry.before;
                entry.before = entry.now;
            } else if (kind == ExtraKind::peak) {
                entry.fresh = false;
            }
        }
    }

    // Over the whole run.
    void total(ExtraValues &to, const ExtraSet &measured) const
    {
        for (std::size_t i = 0; i < extra_count; i++) {
            const Entry &entry = entries_[i];
            switch (extra_columns[i].kind) {
            case ExtraKind::count:
                if (measured[i])
                    to[i] = entry.life;
                break;
            case ExtraKind::level:
                if (measured[i] && entry.known)
                    to[i] = entry.now;
                break;
            case ExtraKind::peak:
                if (measured[i] && entry.life != 0)
                    to[i] = entry.life;
            }
        }
    }

private:
    struct Entry {
        std::uint64_t now = 0;
        std::uint64_t before = 0;
        std::uint64_t life = 0;
        bool known = false;
        bool fresh = false; // a peak told in this interval
    };
    std::array<Entry, extra_count> entries_{};
};

} // namespace memory_collector
