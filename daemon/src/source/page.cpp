// SPDX-License-Identifier: GPL-2.0-only
#include "source/page.h"

namespace memory_collector {

const char *page_error_text(PageError error)
{
    switch (error) {
    case PageError::none:
        return "no error";
    case PageError::truncated:
        return "shorter than its header says";
    case PageError::overrun:
        return "a record reaches over the end of the page";
    case PageError::bad_length:
        return "a record has an impossible length";
    }
    return "unknown error";
}

PageError PageReader::load(std::span<const std::byte> page, const PageFormat &format)
{
    // ring_buffer.c: RB_MISSED_EVENTS, RB_MISSED_STORED; the data size is in
    // the bits below (27 of them in every tool that reads this).
    constexpr std::uint64_t missed_events = 1ull << 31;
    constexpr std::uint64_t missed_stored = 1ull << 30;
    constexpr std::uint64_t size_mask = (1ull << 27) - 1;

    *this = PageReader{};
    if (page.size() < format.data_offset || page.size() < format.commit_offset + format.commit_size ||
        page.size() < sizeof(std::uint64_t)) {
        error_ = PageError::truncated;
        return error_;
    }
    timestamp_ = start_timestamp_ = load_as<std::uint64_t>(page.data());
    const std::uint64_t commit = format.commit_size == 4
                                     ? load_as<std::uint32_t>(page.data() + format.commit_offset)
                                     : load_as<std::uint64_t>(page.data() + format.commit_offset);
    const std::uint64_t size = commit & size_mask;
    if (size > page.size() - format.data_offset) {
        error_ = PageError::truncated;
        return error_;
    }
    at_ = page.data() + format.data_offset;
    end_ = at_ + size;

    missed_ = (commit & missed_events) != 0;
    if (missed_ && (commit & missed_stored) != 0) {
        // An unsigned long of the kernel's, right behind the data.
        const std::size_t behind = page.size() - format.data_offset - size;
        if (behind < format.commit_size) {
            error_ = PageError::truncated;
            at_ = end_;
            return error_;
        }
        lost_ = format.commit_size == 4 ? load_as<std::uint32_t>(end_) : load_as<std::uint64_t>(end_);
        lost_stored_ = true;
    }
    return error_;
}

} // namespace memory_collector
