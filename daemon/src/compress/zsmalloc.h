// SPDX-License-Identifier: GPL-2.0-only
//
// How zsmalloc, zram's allocator, stores objects: in classes of sizes 16 bytes
// apart, each with zspages of one to several pages that hold a whole number of
// objects; classes whose zspages hold equally many share one (mm/zsmalloc.c,
// the same since Linux 4.2 but for the choice of a zspage's pages).
#pragma once

#include "host/host_paths.h"

#include <cstddef>
#include <optional>
#include <span>
#include <vector>

namespace memory_collector::compress {

inline constexpr std::size_t page_bytes = 4096;

struct ZsmallocRules {
    // Most pages of a zspage: 4 until Linux 6.2, CONFIG_ZSMALLOC_CHAIN_SIZE since.
    unsigned chain_size = 8;
    // Until Linux 6.2 the zspage with the largest used percentage, in whole percents,
    // was taken; since then the one that wastes fewest bytes.
    bool by_percentage = false;
};

// Of the running kernel, by its release and, where it can be read, its configuration.
ZsmallocRules zsmalloc_rules(const HostPaths &host);

class ZsmallocClasses {
public:
    struct Class {
        std::size_t object_bytes = 0;
        unsigned pages = 0;   // of a zspage
        unsigned objects = 0; // in a zspage
    };

    explicit ZsmallocClasses(const ZsmallocRules &rules);

    // An object from this size on takes a whole page, and zram keeps it uncompressed.
    std::size_t huge_from() const { return huge_from_; }
    // Which of classes() objects of so many bytes are in: up to one page.
    std::size_t index_of(std::size_t bytes) const;
    std::span<const Class> classes() const { return classes_; }

private:
    std::vector<Class> classes_;
    std::vector<std::size_t> index_; // by 16 bytes of size
    std::size_t huge_from_ = 0;
};

} // namespace memory_collector::compress
