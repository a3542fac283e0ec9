// SPDX-License-Identifier: GPL-2.0-only
//
// What the holder's pages are filled with: a mix of which is known how it compresses. Of 16 pages
//   2 are zero: Linux 6.12 and later do not write such to a swap area, earlier zram keeps no more of them
//   than a mark 2 are one word repeated, other than zero: zram keeps the word (same_pages) 8 are text of a
//   small vocabulary 4 are random: no algorithm makes them smaller (huge_pages)
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace memory_collector::pool {

enum class PageKind { zero, same, text, random };

inline constexpr std::uint64_t mix_pages = 16;

PageKind page_kind(std::uint64_t index);

// The page of this number; the same for the same seed. Its size is a multiple of 8 bytes.
void fill_page(std::span<std::byte> page, std::uint64_t index, std::uint64_t seed);

struct PageCounts {
    std::uint64_t zero = 0;
    std::uint64_t same = 0;
    std::uint64_t text = 0;
    std::uint64_t random = 0;

    std::uint64_t all() const { return zero + same + text + random; }
};
PageCounts count_pages(std::uint64_t pages);

} // namespace memory_collector::pool
