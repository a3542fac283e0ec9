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

// How much data a page's header announces. 0 if it is too short for a header.
std::size_t page_data_bytes(std::span<const std::byte> page, const PageFormat &format);

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

    struct Run {
        std::uint64_t taken = 0;
        bool left = true;
    };
    // Goes on from `record`, which next() gave, as long as take(data, size)
    // says that it took it and whole short records follow each other. `record`
    // is then the first that was not taken, or, with left false, none: next()
    // tells what follows.
    template <typename Take> Run next_while(Record &record, Take &&take);

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
    // enum ring_buffer_type: the 5 low bits of a record's first word are its
    // length in words, or one of three types from 29 on.
    static bool short_record(const std::byte *at, const std::byte *end, std::uint32_t &word,
                             std::uint32_t &size)
    {
        constexpr std::uint32_t longest_short = 28;
        if (end - at < 4)
            return false;
        word = load_as<std::uint32_t>(at);
        const std::uint32_t words = word & 31;
        size = words * 4;
        return words - 1 < longest_short && size <= static_cast<std::uint64_t>(end - at - 4);
    }
    // Everything but a short record that is whole.
    bool next_slow(Record &record);
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
    std::uint32_t word = 0;
    std::uint32_t size = 0;
    if (!short_record(at_, end_, word, size)) [[unlikely]]
        return next_slow(record);
    timestamp_ += word >> 5;
    record = {timestamp_, at_ + 4, size};
    at_ += 4 + size;
    return true;
}

// Works on copies: the compiler keeps them in registers, as it cannot know of
// what take() changes.
template <typename Take>
[[gnu::always_inline]] inline PageReader::Run PageReader::next_while(Record &record, Take &&take)
{
    Record here = record;
    const std::byte *at = at_;
    const std::byte *const end = end_;
    Run run;
    while (take(here.data, here.size)) {
        run.taken++;
        std::uint32_t word = 0;
        std::uint32_t size = 0;
        if (!short_record(at, end, word, size)) [[unlikely]] {
            run.left = false;
            break;
        }
        here = {here.timestamp + (word >> 5), at + 4, size};
        at += 4 + size;
    }
    record = here;
    timestamp_ = here.timestamp;
    at_ = at;
    return run;
}

} // namespace memory_collector
