// SPDX-License-Identifier: GPL-2.0-only
#include "source/page.h"
#include "trace_support.h"

#include <gtest/gtest.h>

// It does not say that it is C.
extern "C" {
#include <kbuffer.h>
}

#include <random>
#include <tuple>
#include <vector>

namespace memory_collector {
namespace {

using testing::Bytes;
using testing::PageBuilder;

struct Seen {
    std::uint64_t timestamp;
    std::uint32_t size;
    std::ptrdiff_t at;
    bool operator==(const Seen &) const = default;
};

std::ostream &operator<<(std::ostream &out, const Seen &seen)
{
    return out << seen.size << " bytes at " << seen.at << ", time " << seen.timestamp;
}

std::vector<Seen> ours(const Bytes &page, PageError *error = nullptr)
{
    std::vector<Seen> all;
    PageReader reader;
    reader.load(page, {.page_size = static_cast<std::uint32_t>(page.size())});
    Record record;
    while (reader.next(record))
        all.push_back({record.timestamp, record.size, record.data - page.data()});
    if (error != nullptr)
        *error = reader.error();
    return all;
}

// The same page by next() and next_while() in turn, of which the latter is told
// to stop at random.
std::vector<Seen> in_runs(const Bytes &page, std::mt19937 &random, PageError *error = nullptr)
{
    std::vector<Seen> all;
    PageReader reader;
    reader.load(page, {.page_size = static_cast<std::uint32_t>(page.size())});
    Record record;
    bool left = false;
    while (left || reader.next(record)) {
        if (random() % 4 == 0) {
            all.push_back({record.timestamp, record.size, record.data - page.data()});
            left = false;
            continue;
        }
        const Record first = record;
        std::vector<Seen> taken;
        const PageReader::Run run = reader.next_while(record, [&](const std::byte *data, std::uint32_t size) {
            if (random() % 8 == 0)
                return false;
            taken.push_back({0, size, data - page.data()});
            return true;
        });
        EXPECT_EQ(run.taken, taken.size());
        EXPECT_TRUE(run.taken != 0 || (run.left && record.data == first.data));
        // It does not tell the times in between; the last it does.
        for (std::size_t i = 0; i < taken.size(); i++) {
            if (i == 0)
                taken[i].timestamp = first.timestamp;
            else if (i + 1 == taken.size() && !run.left)
                taken[i].timestamp = record.timestamp;
            all.push_back(taken[i]);
        }
        left = run.left;
    }
    if (error != nullptr)
        *error = reader.error();
    return all;
}

// The same page by libtraceevent.
std::vector<Seen> theirs(Bytes page)
{
    std::vector<Seen> all;
    kbuffer *const buffer = kbuffer_alloc(KBUFFER_LSIZE_8, KBUFFER_ENDIAN_LITTLE);
    kbuffer_load_subbuffer(buffer, page.data());
    unsigned long long time = 0;
    for (void *data = kbuffer_read_event(buffer, &time); data != nullptr;
         data = kbuffer_next_event(buffer, &time))
        all.push_back({time, static_cast<std::uint32_t>(kbuffer_event_size(buffer)),
                       static_cast<std::byte *>(data) - page.data()});
    kbuffer_free(buffer);
    return all;
}

Bytes data_of(std::size_t size)
{
    return Bytes(size, std::byte{0x5A});
}

TEST(Page, ReadsEveryKindOfRecord)
{
    PageBuilder builder{1000};
    builder.record(1, data_of(4))
        .record(2, data_of(112))
        .long_record(3, data_of(200))
        .time_extend(1ull << 40)
        .record(0, data_of(8))
        .time_stamp((1ull << 41) + 5)
        .record(7, data_of(12))
        .end_padding();
    const Bytes page = builder.build();
    PageError error{};
    const std::vector<Seen> all = ours(page, &error);
    EXPECT_EQ(error, PageError::none);
    ASSERT_EQ(all.size(), 5u);
    EXPECT_EQ(all[0].timestamp, 1001u);
    EXPECT_EQ(all[1].timestamp, 1003u);
    EXPECT_EQ(all[2].timestamp, 1006u);
    EXPECT_EQ(all[2].size, 200u);
    EXPECT_EQ(all[3].timestamp, 1006 + (1ull << 40));
    EXPECT_EQ(all[4].timestamp, (1ull << 41) + 12);
    EXPECT_EQ(all, theirs(page));
}

TEST(Page, DiscardedRecordsAreSkippedAsLibtraceeventSkipsThem)
{
    PageBuilder builder{500};
    builder.record(1, data_of(4)).discarded(10, 40).record(1, data_of(8));
    const Bytes page = builder.build();
    ASSERT_EQ(ours(page).size(), 2u);
    EXPECT_EQ(ours(page), theirs(page));
}

TEST(Page, AbsoluteStampTakesItsHighBitsFromTheTimeBefore)
{
    const std::uint64_t high = 3ull << 60;
    PageBuilder builder{high + 100};
    builder.time_stamp(high + 5000).record(1, data_of(4));
    EXPECT_EQ(ours(builder.build()).at(0).timestamp, high + 5001);
}

TEST(Page, RandomPagesAgreeWithLibtraceevent)
{
    std::mt19937 random{20240601};
    for (int round = 0; round < 500; round++) {
        PageBuilder builder{random()};
        while (builder.fits(1024)) {
            const auto delta = static_cast<std::uint32_t>(random() & ((1u << 27) - 1));
            switch (random() % 10) {
            case 0:
                builder.time_extend(random());
                break;
            case 1:
                builder.long_record(delta, data_of(random() % 900 + 1));
                break;
            case 2:
                // A delta of 0 means the end of the page.
                builder.discarded(delta | 1, static_cast<std::uint32_t>(random() % 100 + 1) * 4);
                break;
            default:
                builder.record(delta, data_of(random() % 112 + 1));
                break;
            }
        }
        const Bytes page = builder.build();
        const std::vector<Seen> one_by_one = ours(page);
        ASSERT_EQ(one_by_one, theirs(page)) << "round " << round;
        const std::vector<Seen> runs = in_runs(page, random);
        ASSERT_EQ(runs.size(), one_by_one.size()) << "round " << round;
        for (std::size_t i = 0; i < runs.size(); i++) {
            EXPECT_EQ(runs[i].at, one_by_one[i].at);
            EXPECT_EQ(runs[i].size, one_by_one[i].size);
            if (runs[i].timestamp != 0) {
                EXPECT_EQ(runs[i].timestamp, one_by_one[i].timestamp);
            }
        }
    }
}

TEST(Page, TellsHowManyEventsWereLost)
{
    PageBuilder builder{1};
    builder.record(1, data_of(8));
    PageReader reader;
    const Bytes known = builder.build(1234567);
    EXPECT_EQ(reader.load(known, {}), PageError::none);
    EXPECT_TRUE(reader.missed());
    EXPECT_FALSE(reader.lost_unknown());
    EXPECT_EQ(reader.lost(), 1234567u);
    Record record;
    EXPECT_TRUE(reader.next(record));
    EXPECT_FALSE(reader.next(record));

    const Bytes unknown = builder.build(-1);
    reader.load(unknown, {});
    EXPECT_TRUE(reader.missed());
    EXPECT_TRUE(reader.lost_unknown());
    EXPECT_EQ(reader.lost(), 0u);

    const Bytes none = builder.build();
    reader.load(none, {});
    EXPECT_FALSE(reader.missed());
}

TEST(Page, LargeSubBuffers)
{
    PageBuilder builder{1, 65536};
    for (int i = 0; i < 300; i++)
        builder.record(1, data_of(100));
    const Bytes page = builder.build();
    EXPECT_EQ(ours(page).size(), 300u);
}

TEST(Page, TruncatedPages)
{
    PageBuilder builder{1};
    builder.record(1, data_of(100)).record(1, data_of(100));
    const Bytes whole = builder.build();
    for (std::size_t size = 0; size < 16 + 2 * 104; size++) {
        const Bytes part{whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size)};
        PageReader reader;
        EXPECT_EQ(reader.load(part, {}), PageError::truncated) << size;
        Record record;
        EXPECT_FALSE(reader.next(record));
    }
}

TEST(Page, HostileLengths)
{
    const auto error_of = [](std::initializer_list<std::uint32_t> words) {
        PageBuilder builder{1};
        for (const std::uint32_t word : words)
            builder.word(word);
        PageError error{};
        ours(builder.build(), &error);
        return error;
    };
    EXPECT_EQ(error_of({28u | 1u << 5, 0}), PageError::overrun); // 112 bytes, 4 there
    EXPECT_EQ(error_of({0u}), PageError::overrun);               // long form without a length
    EXPECT_EQ(error_of({0u, 0u}), PageError::bad_length);        // a length that excludes itself
    EXPECT_EQ(error_of({0u, 3u}), PageError::bad_length);
    EXPECT_EQ(error_of({0u, 8u}), PageError::overrun);          // nothing behind it
    EXPECT_EQ(error_of({0u, 0xFFFFFFFFu}), PageError::overrun); // would wrap 32 bits
    EXPECT_EQ(error_of({0u, 0xFFFFFFFDu}), PageError::overrun);
    EXPECT_EQ(error_of({29u | 1u << 5, 0xFFFFFFFFu}), PageError::overrun);
    EXPECT_EQ(error_of({29u | 1u << 5, 0u}), PageError::bad_length);
    EXPECT_EQ(error_of({30u}), PageError::overrun);
    EXPECT_EQ(error_of({31u}), PageError::overrun);
    EXPECT_EQ(error_of({29u}), PageError::none);
}

TEST(Page, RandomBytesStayInsideThePage)
{
    std::mt19937 random{7};
    for (int round = 0; round < 20000; round++) {
        // Exact allocations, so that sanitizers see a step outside.
        const std::size_t size = random() % 512;
        const std::unique_ptr<std::byte[]> bytes{new std::byte[size]};
        for (std::size_t i = 0; i < size; i++)
            bytes[i] = static_cast<std::byte>(random() % 4 == 0 ? random() : random() % 40);
        if (size >= 16 && round % 2 == 0) {
            const std::uint64_t commit = (size - 16) | static_cast<std::uint64_t>(random() % 4) << 30;
            std::memcpy(bytes.get() + 8, &commit, 8);
        }
        PageReader reader;
        reader.load({bytes.get(), size}, {});
        Record record;
        std::size_t records = 0;
        while (reader.next(record)) {
            ASSERT_GE(record.data, bytes.get());
            ASSERT_LE(record.data + record.size, bytes.get() + size);
            records++;
        }
        ASSERT_LE(records, size / 4);
        ASSERT_FALSE(reader.next(record));
        const Bytes page{bytes.get(), bytes.get() + size};
        PageError error = PageError::none;
        ASSERT_EQ(in_runs(page, random, &error).size(), records);
        ASSERT_EQ(error, reader.error());
    }
}

} // namespace
} // namespace memory_collector
