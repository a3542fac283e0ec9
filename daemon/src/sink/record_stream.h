// SPDX-License-Identifier: GPL-2.0-only
//
// Input that is records, each behind its length as a varint, cut into them. It
// may be damaged or hostile: no more than a record's greatest size is kept.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

namespace memory_collector {

// No row comes near: the longest column, cmdline, has 4 KiB at most.
inline constexpr std::size_t most_record_bytes = std::size_t{1} << 20;

// The text goes on after "at byte N: ".
class DamagedRecord : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

class RecordStream {
public:
    explicit RecordStream(int fd) : fd_(fd) {}

    struct Record {
        std::string_view whole; // with its length
        std::string_view body;
    };
    // The next record, valid until the next call; nothing at the end of input.
    // Throws DamagedRecord, and Error if the input cannot be read.
    std::optional<Record> next();
    // Where the record of the last next() begins, also of one that threw.
    std::uint64_t offset() const { return offset_; }
    // Nothing of the next record is here yet: next() may have to wait for it.
    bool drained() const { return at_ == buffer_.size(); }

private:
    bool read_more();

    int fd_;
    std::string buffer_;
    std::size_t at_ = 0; // of what comes next in the buffer
    std::uint64_t offset_ = 0;
    std::uint64_t buffer_offset_ = 0; // of the buffer's first byte
};

} // namespace memory_collector
