// SPDX-License-Identifier: GPL-2.0-only
//
// How far the kernel's reader page of a CPU's ring is read, so that a ring is not read again for
// nothing.
//
// A read that finds nothing new can lose events. The kernel looks whether its reader page has more,
// and then whether the CPU still writes to that page (ring_buffer.c, rb_get_reader_page()). What the
// CPU writes there between the two looks is handed out by nobody and counted as lost by nobody, if it
// goes on to its next page between them, too. That takes as long as filling the page; but a
// hypervisor may take the reader's CPU away just there, and then it happens: on a starved 6.12 guest
// 1158 of 2.1 million events had gone, and none in 10 million events read by this rule.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>

namespace memory_collector {

class ReaderPage {
public:
    // capacity: of a page, without its header. largest_record: what a record of the ring takes there
    // at most.
    ReaderPage(std::size_t capacity, std::size_t largest_record)
        : capacity_(capacity), largest_(largest_record)
    {
    }

    // After a read that gave this much data. False: that was all, the CPU still writes to that page.
    bool more_may_follow(std::size_t bytes)
    {
        const Places before = places_;
        places_ = {};
        for (std::size_t i = 0; i < before.count; i++)
            go_on(before.at[i], bytes);
        // Somebody has cleared the ring, or read from it.
        if (places_.count == 0)
            go_on(0, bytes);
        return places_.count == 0 || places_.contains(0);
    }

private:
    // Where the next read may begin: how much of the reader page is read, 0 for a new one.
    struct Places {
        std::array<std::size_t, 4> at{};
        std::size_t count = 0;

        bool contains(std::size_t place) const
        {
            return std::find(at.begin(), at.begin() + count, place) != at.begin() + count;
        }
        void add(std::size_t place)
        {
            if (count < at.size() && !contains(place))
                at[count++] = place;
        }
    };

    void go_on(std::size_t from, std::size_t bytes)
    {
        // RB_EVNT_MIN_SIZE: less than that stays unused at a page's end, more is padded.
        constexpr std::size_t smallest = 8;
        const std::size_t end = from + bytes;
        if (end > capacity_)
            return;
        const std::size_t left = capacity_ - end;
        // A page that the CPU has left goes out whole, without the padding at its end: that is less
        // than the record that did not fit. The rest of one has its padding.
        if (left < (from == 0 ? largest_ : smallest))
            places_.add(0);
        if (left >= smallest)
            places_.add(end);
    }

    std::size_t capacity_;
    std::size_t largest_;
    Places places_{.at = {}, .count = 1};
};

} // namespace memory_collector
