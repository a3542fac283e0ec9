// SPDX-License-Identifier: GPL-2.0-only
#include "source/page.h"

namespace memory_collector {

namespace {

// ring_buffer.c has flags above; every tool that reads pages takes 27 bits.
constexpr std::uint64_t size_mask = (1ull << 27) - 1;

// The size of a page's data, and flags. 0 if the page is too short for a header.
std::uint64_t page_commit(std::span<const std::byte> page, const PageFormat &format)
{
    if (page.size() < format.data_offset || page.size() < format.commit_offset + format.commit_size)
        return 0;
    std::uint32_t narrow = 0;
    std::uint64_t wide = 0;
    if (format.commit_size == sizeof(narrow)) {
        std::memcpy(&narrow, page.data() + format.commit_offset, sizeof(narrow));
        return narrow;
    }
    std::memcpy(&wide, page.data() + format.commit_offset, sizeof(wide));
    return wide;
}

} // namespace

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

std::size_t page_data_bytes(std::span<const std::byte> page, const PageFormat &format)
{
    return page_commit(page, format) & size_mask;
}

PageError PageReader::load(std::span<const std::byte> page, const PageFormat &format)
{
    // ring_buffer.c: RB_MISSED_EVENTS, RB_MISSED_STORED.
    constexpr std::uint64_t missed_events = 1ull << 31;
    constexpr std::uint64_t missed_stored = 1ull << 30;

    *this = PageReader{};
    if (page.size() < format.data_offset || page.size() < format.commit_offset + format.commit_size ||
        page.size() < sizeof(std::uint64_t)) {
        error_ = PageError::truncated;
        return error_;
    }
    timestamp_ = start_timestamp_ = load_as<std::uint64_t>(page.data());
    const std::uint64_t commit = page_commit(page, format);
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

bool PageReader::next_slow(Record &record)
{
    // enum ring_buffer_type: the 5 low bits of a record's first word.
    constexpr std::uint32_t type_padding = 29;
    constexpr std::uint32_t type_time_extend = 30;
    constexpr std::uint32_t type_time_stamp = 31;
    constexpr unsigned delta_bits = 27;
    // An absolute time stamp has 59 bits; the rest comes from the time before.
    constexpr std::uint64_t stamp_high_bits = ~((1ull << 59) - 1);

    while (end_ - at_ >= 4) {
        const auto word = load_as<std::uint32_t>(at_);
        const std::uint32_t type = word & 31;
        const std::uint64_t delta = word >> 5;
        const std::byte *body = at_ + 4;
        const auto left = static_cast<std::uint64_t>(end_ - body);

        if (type != 0 && type < type_padding) {
            const std::uint32_t size = type * 4;
            if (size > left)
                return fail(PageError::overrun);
            timestamp_ += delta;
            record = {timestamp_, body, size};
            at_ = body + size;
            return true;
        }
        if (type == type_padding && delta == 0) {
            // The rest of the page is unused.
            at_ = end_;
            return false;
        }
        if (left < 4)
            return fail(PageError::overrun);
        const auto second = load_as<std::uint32_t>(body);
        switch (type) {
        case 0: {
            // The length word counts itself.
            if (second < 4)
                return fail(PageError::bad_length);
            const std::uint64_t whole = (static_cast<std::uint64_t>(second) + 3) & ~3ull;
            if (whole > left)
                return fail(PageError::overrun);
            timestamp_ += delta;
            record = {timestamp_, body + 4, static_cast<std::uint32_t>(whole - 4)};
            at_ = body + whole;
            return true;
        }
        case type_padding: {
            // A discarded event; the times after it count from its own.
            const std::uint64_t whole = (static_cast<std::uint64_t>(second) + 3) & ~3ull;
            if (whole < 4)
                return fail(PageError::bad_length);
            if (whole > left)
                return fail(PageError::overrun);
            timestamp_ += delta;
            at_ = body + whole;
            break;
        }
        case type_time_extend:
            timestamp_ += delta + (static_cast<std::uint64_t>(second) << delta_bits);
            at_ = body + 4;
            break;
        case type_time_stamp: {
            std::uint64_t stamp = delta + (static_cast<std::uint64_t>(second) << delta_bits);
            if ((timestamp_ & stamp_high_bits) != 0) {
                stamp |= timestamp_ & stamp_high_bits;
                if (stamp < timestamp_)
                    stamp += 1ull << 59;
            }
            timestamp_ = stamp;
            at_ = body + 4;
            break;
        }
        default:
            return fail(PageError::bad_length);
        }
    }
    if (at_ != end_)
        return fail(PageError::overrun);
    return false;
}

} // namespace memory_collector
