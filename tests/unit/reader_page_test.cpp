// SPDX-License-Identifier: GPL-2.0-only
//
// The rule by which a ring is not read again, against a model of the kernel's ring: pages that a CPU
// fills, and read(2) as ring_buffer.c's ring_buffer_read_page() has it.
#include "source/reader_page.h"

#include <gtest/gtest.h>

#include <deque>
#include <optional>
#include <random>

namespace memory_collector {
namespace {

constexpr std::size_t capacity = 4080;
constexpr std::size_t smallest = 8; // RB_EVNT_MIN_SIZE

class Ring {
public:
    void write(std::size_t bytes)
    {
        Page *page = &pages_.back();
        if (page->committed + bytes > capacity) {
            page->real_end = page->committed;
            if (capacity - page->committed >= smallest)
                page->committed = capacity; // a discarded record
            pages_.push_back({});
            page = &pages_.back();
        }
        page->committed += bytes;
    }

    // How much data a read gives, nothing where it would find none.
    std::optional<std::size_t> read()
    {
        if (pages_.front().read == pages_.front().committed) {
            if (written_to())
                return std::nullopt;
            pages_.pop_front();
            if (pages_.front().committed == 0)
                return std::nullopt;
        }
        Page &page = pages_.front();
        if (page.read != 0 || written_to()) {
            const std::size_t bytes = page.committed - page.read;
            page.read = page.committed;
            return bytes;
        }
        const std::size_t bytes = page.real_end;
        pages_.pop_front();
        return bytes;
    }

    // The CPU writes to the reader page, of which all is read.
    bool caught_up() const { return written_to() && pages_.front().read == pages_.front().committed; }

private:
    struct Page {
        std::size_t committed = 0;
        std::size_t read = 0;
        std::size_t real_end = 0;
    };

    bool written_to() const { return pages_.size() == 1; }

    std::deque<Page> pages_{1};
};

struct Sizes {
    std::size_t from;
    std::size_t to;
};

class ReaderPageRule : public ::testing::TestWithParam<Sizes> {};

TEST_P(ReaderPageRule, StopsWhereAllIsReadAndReadsForNothingSeldom)
{
    const auto [from, to] = GetParam();
    std::mt19937 random{7};
    // Records take whole words.
    const auto some = [&, from = from, to = to] { return from + random() % ((to - from) / 4 + 1) * 4; };
    for (std::size_t run = 0; run < 200; run++) {
        Ring ring;
        ReaderPage reader{capacity, to};
        std::size_t for_nothing = 0;
        constexpr std::size_t rounds = 1000;
        for (std::size_t round = 0; round < rounds; round++) {
            for (std::size_t left = 1 + random() % (random() % 10 == 0 ? 300 : 20); left > 0; left--)
                ring.write(some());
            bool more = true;
            while (more) {
                const auto bytes = ring.read();
                for_nothing += bytes ? 0u : 1u;
                more = bytes && reader.more_may_follow(*bytes);
            }
            ASSERT_TRUE(ring.caught_up()) << "run " << run << ", round " << round;
        }
        // A page's end may be where the CPU writes, or where it went on.
        EXPECT_LE(for_nothing, 2 + rounds * 3 * to / capacity) << "run " << run;
    }
}

INSTANTIATE_TEST_SUITE_P(Records, ReaderPageRule,
                         ::testing::Values(Sizes{12, 120}, Sizes{40, 40}, Sizes{8, 300}, Sizes{68, 72}));

TEST(ReaderPage, ARingThatWasClearedIsReadOn)
{
    ReaderPage reader{capacity, 100};
    EXPECT_FALSE(reader.more_may_follow(1000));
    EXPECT_FALSE(reader.more_may_follow(2000)); // 3000 of it
    // From the beginning of a page: it cannot be the rest of that one.
    EXPECT_FALSE(reader.more_may_follow(1500));
    EXPECT_FALSE(reader.more_may_follow(2500));
    EXPECT_TRUE(reader.more_may_follow(80)); // the end of the page
    EXPECT_TRUE(reader.more_may_follow(4080));
}

TEST(ReaderPage, AnEmptyPageTellsNothing)
{
    ReaderPage reader{capacity, 100};
    EXPECT_TRUE(reader.more_may_follow(0));
    EXPECT_FALSE(reader.more_may_follow(3000));
    EXPECT_FALSE(reader.more_may_follow(0));
}

} // namespace
} // namespace memory_collector
