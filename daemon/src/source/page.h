// SPDX-License-Identifier: GPL-2.0-only
//
// One page (sub-buffer) of a kernel trace ring, as trace_pipe_raw hands it
// out. Pure functions over bytes: tests, fuzzing and benchmarks feed them
// without a kernel. Layout: include/linux/ring_buffer.h, kernel/trace/
// ring_buffer.c and the ring's own events/header_page.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>

namespace memory_collector {

// From events/header_page. The defaults are those of every 64-bit kernel.
struct PageFormat {
    std::uint32_t page_size = 4096;
    std::uint32_t commit_offset = 8;
    std::uint32_t commit_size = 8;
    std::uint32_t data_offset = 16;
};

struct Record {
    std::uint64_t timestamp = 0;
    const std::byte *data = nullptr;
    std::uint32_t size = 0;
};

enum class PageError : std::uint8_t {
    none,
    // Shorter than its own header or than the data its header announces.
    truncated,
    // A record that reaches over the end of the data.
    overrun,
    // A record too short to be what it says.
    bad_length,
};

const char *page_error_text(PageError error);

// Walks the records of a page. The bytes must outlive the reader.
class PageReader {
public:
    PageReader() = default;

    // Takes a new page. On an error there is nothing to read in it.
    PageError load(std::span<const std::byte> page, const PageFormat &format);

    // The next record with data, or false at the end or at a damaged record
    // (error() tells which).
    bool next(Record &record);

    PageError error() const { return error_; }
    std::uint64_t start_timestamp() const { return start_timestamp_; }

    // Events that the ring dropped before this page. lost() is 0 with
    // lost_unknown() set if the page had no room for the number.
    bool missed() const { return missed_; }
    bool lost_unknown() const { return missed_ && !lost_stored_; }
    std::uint64_t lost() const { return lost_; }

private:
    template <typename T> static T load_as(const std::byte *from)
    {
        T value;
        std::memcpy(&value, from, sizeof(value));
        return value;
    }
    bool fail(PageError error)
    {
        error_ = error;
        at_ = end_;
        return false;
    }

    const std::byte *at_ = nullptr;
    const std::byte *end_ = nullptr;
    std::uint64_t timestamp_ = 0;
    std::uint64_t start_timestamp_ = 0;
    std::uint64_t lost_ = 0;
    bool missed_ = false;
    bool lost_stored_ = false;
    PageError error_ = PageError::none;
};

inline bool PageReader::next(Record &record)
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

        if (type != 0 && type < type_padding) [[likely]] {
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
