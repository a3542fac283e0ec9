// SPDX-License-Identifier: GPL-2.0-only
//
// Numbers, units and ranges of the workloads' options, and what their memory is filled with.
#include "lab/contents.h"
#include "lab/options.h"

#include <gtest/gtest.h>

#include <array>
#include <set>
#include <vector>

namespace memory_collector::lab {
namespace {

TEST(LabOptions, NumbersWithAndWithoutUnits)
{
    EXPECT_EQ(parse_number("512", Unit::mebibytes), 512.0);
    EXPECT_EQ(parse_number("1GiB", Unit::mebibytes), 1024.0);
    EXPECT_EQ(parse_number("1536KiB", Unit::mebibytes), 1.5);
    EXPECT_EQ(parse_number("1MiB", Unit::kibibytes), 1024.0);
    EXPECT_EQ(parse_number("1500ms", Unit::seconds), 1.5);
    EXPECT_EQ(parse_number("2m", Unit::seconds), 120.0);
    EXPECT_EQ(parse_number("1s", Unit::milliseconds), 1000.0);
    EXPECT_EQ(parse_number("5e7", Unit::count), 5e7);
    for (const char *text : {"", "x", "5x", "1 GiB", "inf", "nan", "1e999", "0x10", "--", "5s"})
        EXPECT_FALSE(parse_number(text, Unit::mebibytes)) << text;
    EXPECT_FALSE(parse_number("1KiB", Unit::count));
}

TEST(LabOptions, AProblemNamesOptionValueAndRange)
{
    const Range range{1, 2000, Unit::count};
    EXPECT_EQ(range_problem("--fork-rate", "1", range), "");
    EXPECT_EQ(range_problem("--fork-rate", "2000", range), "");
    EXPECT_EQ(range_problem("--fork-rate", "2001", range), "--fork-rate: 2001 is out of its range, 1-2000");
    EXPECT_EQ(range_problem("--fork-rate", "0.5", range), "--fork-rate: 0.5 is out of its range, 1-2000");
    EXPECT_EQ(range_problem("--fork-rate", "1.5", range),
              "--fork-rate: 1.5 is not a whole number; its range is 1-2000");
    EXPECT_EQ(range_problem("--fork-rate", "-1", range), "--fork-rate: -1 is out of its range, 1-2000");
    EXPECT_EQ(range_problem("--fork-rate", "lots", range),
              "--fork-rate: 'lots' is no number; its range is 1-2000");
    EXPECT_EQ(range_text({1, 5e7, Unit::count}), "1-50000000");
    EXPECT_EQ(range_text({4, 1048576, Unit::kibibytes}), "4-1048576 KiB");
}

double ratio_of(double entropy, std::uint64_t seed)
{
    Contents contents{entropy, seed};
    std::array<std::byte, 4096> page{};
    std::size_t sum = 0;
    for (int i = 0; i < 64; i++) {
        contents.fill(page);
        sum += compressed_size(page);
    }
    return static_cast<double>(sum) / (64 * 4096);
}

TEST(LabContents, TheRatioRisesWithTheEntropy)
{
    for (const std::uint64_t seed : {1u, 2u, 3u}) {
        double before = -1;
        for (int step = 0; step <= 20; step++) {
            const double ratio = ratio_of(step / 20.0, seed);
            EXPECT_GT(ratio, before) << step / 20.0 << ", seed " << seed;
            before = ratio;
        }
        EXPECT_LT(ratio_of(0, seed), 0.01);
        EXPECT_GT(ratio_of(1, seed), 1.0);
        EXPECT_NEAR(ratio_of(0.5, seed), 0.67, 0.06);
    }
}

TEST(LabContents, FillsAllOfAPage)
{
    std::array<std::byte, 4096> page{};
    for (const double entropy : {0.0, 0.3, 0.5, 0.7, 1.0}) {
        page.fill(std::byte{0xee});
        Contents{entropy, 5}.fill(page);
        // No text has this byte, and random ones have 16 of it.
        EXPECT_LT(std::count(page.begin(), page.end(), std::byte{0xee}), 50) << entropy;
    }
    // No two pages are the same.
    std::set<std::vector<std::byte>> seen;
    Contents contents{0.5, 5};
    for (int i = 0; i < 100; i++) {
        contents.fill(page);
        seen.emplace(page.begin(), page.end());
    }
    EXPECT_EQ(seen.size(), 100u);
}

TEST(LabContents, TheSeedDecides)
{
    std::array<std::byte, 4096> one{};
    std::array<std::byte, 4096> two{};
    Contents{0.7, 1}.fill(one);
    Contents{0.7, 1}.fill(two);
    EXPECT_EQ(one, two);
    Contents{0.7, 2}.fill(two);
    EXPECT_NE(one, two);
}

} // namespace
} // namespace memory_collector::lab
