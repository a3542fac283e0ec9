// SPDX-License-Identifier: GPL-2.0-only
//
// Ring pages, event records and whole recordings, made by hand.
#pragma once

#include "source/event_table.h"

#include <event-parse.h>

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace memory_collector::testing {

using Bytes = std::vector<std::byte>;

// One page of a ring, record by record, as kernel/trace/ring_buffer.c lays it
// out on a 64-bit machine.
class PageBuilder {
public:
    explicit PageBuilder(std::uint64_t timestamp, std::size_t size = 4096);

    // A record of at most 112 bytes of data in its short form, else in its
    // long form.
    PageBuilder &record(std::uint32_t delta, const Bytes &data);
    PageBuilder &long_record(std::uint32_t delta, const Bytes &data);
    PageBuilder &time_extend(std::uint64_t delta);
    PageBuilder &time_stamp(std::uint64_t absolute);
    // A discarded event of so many bytes.
    PageBuilder &discarded(std::uint32_t delta, std::uint32_t size);
    // The rest of the page is unused.
    PageBuilder &end_padding();
    PageBuilder &word(std::uint32_t word);

    bool fits(std::size_t data) const { return at_ + data + 16 <= page_.size(); }
    // The page as read(2) gives it; lost < 0: events were lost, the number is
    // not known.
    Bytes build(long long lost = 0) const;

private:
    void put(const void *from, std::size_t size);

    Bytes page_;
    std::size_t at_;
};

// Formats of the module's events as a kernel gives them in tracefs.
class Formats {
public:
    // The real ones, of 6.12.
    static Formats plain();
    // Those with a common header of `size` bytes: kernels with PREEMPT_RT have
    // had 12 and 16.
    static Formats with_header(std::size_t size);

    std::string &text(const std::string &event) { return texts_.at(event); }
    const std::map<std::string, std::string> &texts() const { return texts_; }

    struct FreeTep {
        void operator()(tep_handle *tep) const { tep_free(tep); }
    };
    using Tep = std::unique_ptr<tep_handle, FreeTep>;
    Tep parse() const;

private:
    std::map<std::string, std::string> texts_;
};

// An event's record: the common header, then the payload at `base`.
template <typename Payload> Bytes record_of(const EventTable &table, EventKind kind, const Payload &payload)
{
    const EventLayout &layout = table.layout(kind);
    Bytes data(layout.base + sizeof(payload));
    const std::uint16_t type = table.type(kind);
    std::memcpy(data.data(), &type, sizeof(type));
    std::memcpy(data.data() + layout.base, &payload, sizeof(payload));
    return data;
}

// A trace-cmd recording, file version 6, of these pages per CPU.
Bytes recording(const Formats &formats, const std::vector<std::vector<Bytes>> &pages_of_cpus);

void write_file(const std::string &path, const Bytes &bytes);
std::string fixture(const std::string &name);

} // namespace memory_collector::testing
