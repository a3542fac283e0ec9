// SPDX-License-Identifier: GPL-2.0-only
#pragma once

#include "lab/worker.h"

#include <cstddef>
#include <cstdint>
#include <span>

namespace memory_collector::lab {

// Anonymous memory of whole pages, of 4 KiB each: transparent huge pages are kept off, so that
// pages and faults can be counted.
class Region {
public:
    explicit Region(std::size_t pages);
    Region(const Region &) = delete;
    Region &operator=(const Region &) = delete;
    ~Region();

    std::size_t pages() const { return pages_; }
    std::span<std::byte> bytes() const;
    std::span<std::byte> page(std::size_t number) const;
    // Gives all pages back to the kernel; the region stays.
    void drop() const;

private:
    std::byte *at_ = nullptr;
    std::size_t pages_ = 0;
};

// Writes all of a region, in steps between which it looks whether it is over. Returns the
// number of pages.
std::size_t write_all(Worker &worker, const Region &region);

// Draws pages of a region: the hot ones are the first.
class PagePicker {
public:
    PagePicker(const CommonOptions &common, std::size_t pages);

    struct Pick {
        std::size_t page;
        bool hot;
    };
    Pick draw(Random &random) const
    {
        if (cold_ == 0 || random.real() < hot_access_share_)
            return {random.below(hot_), true};
        return {hot_ + random.below(cold_), false};
    }
    std::size_t hot() const { return hot_; }

private:
    std::size_t hot_;
    std::size_t cold_;
    double hot_access_share_;
};

// Draws so many pages and touches each: reads a word and writes it back, so that the page is dirty and its
// contents are as before.
void touch_picked(Worker &worker, const Region &region, const PagePicker &picker, std::uint64_t count);

} // namespace memory_collector::lab
