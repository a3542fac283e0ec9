// SPDX-License-Identifier: GPL-2.0-only
//
// What pages would take if they were in a zram device: what its mm_stat would
// say, of its own pages only.
#pragma once

#include "compress/zsmalloc.h"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace memory_collector::compress {

// Bytes and pages as in mm_stat.
struct ZramUse {
    std::uint64_t orig_data_size = 0;
    std::uint64_t compr_data_size = 0;
    std::uint64_t mem_used_total = 0;
    std::uint64_t same_pages = 0;
    std::uint64_t huge_pages = 0;
};

class ZramForecast {
public:
    explicit ZramForecast(const ZsmallocRules &rules);

    // One word, repeated: zram keeps the word and stores nothing.
    void add_same_filled(std::uint64_t pages = 1) { same_filled_ += pages; }
    void add(std::size_t compressed_bytes);
    std::uint64_t pages() const;

    // As if what was added were a fair sample of so many pages. Nothing added, or no page: nothing used.
    ZramUse of(std::uint64_t pages) const;

private:
    ZsmallocClasses classes_;
    std::vector<std::uint64_t> objects_; // in each class
    std::uint64_t same_filled_ = 0;
    std::uint64_t compressed_bytes_ = 0;
    std::uint64_t huge_ = 0;
};

} // namespace memory_collector::compress
