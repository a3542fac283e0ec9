// SPDX-License-Identifier: GPL-2.0-only
#include "sink/record_stream.h"

#include "support/error.h"

#include <unistd.h>

#include <cerrno>

namespace memory_collector {

namespace {

constexpr std::size_t read_bytes = std::size_t{64} * 1024;
// Enough for any length up to most_record_bytes, also one padded to 32 bits.
constexpr std::size_t most_length_bytes = 5;

} // namespace

bool RecordStream::read_more()
{
    buffer_.erase(0, at_);
    buffer_offset_ += at_;
    at_ = 0;
    const std::size_t had = buffer_.size();
    buffer_.resize(had + read_bytes);
    ssize_t size = 0;
    do
        size = ::read(fd_, buffer_.data() + had, read_bytes);
    while (size < 0 && errno == EINTR);
    const int error = errno;
    buffer_.resize(had + (size > 0 ? static_cast<std::size_t>(size) : 0));
    if (size < 0)
        throw Error("reading failed: " + error_text(error));
    return size > 0;
}

std::optional<RecordStream::Record> RecordStream::next()
{
    offset_ = buffer_offset_ + at_;
    std::uint64_t length = 0;
    std::size_t head = 0;
    for (bool more = true; more; head++) {
        if (at_ + head == buffer_.size() && !read_more()) {
            if (head == 0)
                return std::nullopt;
            throw DamagedRecord("the input ends within the length of a record");
        }
        const auto byte = static_cast<unsigned char>(buffer_[at_ + head]);
        length |= std::uint64_t{byte & 0x7fu} << (7 * head);
        more = byte >= 0x80;
        if ((more && head + 1 == most_length_bytes) || length > most_record_bytes)
            throw DamagedRecord(
                "a record of " +
                (more ? "more than " + std::to_string(most_record_bytes) : std::to_string(length)) +
                " bytes is announced, and no row has more than " + std::to_string(most_record_bytes));
    }
    while (buffer_.size() - at_ < head + length)
        if (!read_more())
            throw DamagedRecord("a record of " + std::to_string(length) + " bytes is announced, and only " +
                                std::to_string(buffer_.size() - at_ - head) + " follow");
    const Record record{std::string_view{buffer_}.substr(at_, head + length),
                        std::string_view{buffer_}.substr(at_ + head, length)};
    at_ += head + length;
    return record;
}

} // namespace memory_collector
