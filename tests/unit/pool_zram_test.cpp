// SPDX-License-Identifier: GPL-2.0-only
//
// What zram devices say, by the texts of real kernels, and a device that is a tree of files.
#include "pool/zram_device.h"
#include "pool/zram_stats.h"

#include "host_support.h"
#include "support/error.h"

#include <gtest/gtest.h>

namespace memory_collector::pool {
namespace {

TEST(PoolZramStats, MmStat)
{
    // Linux 6.18, 128 MiB of text behind a swap header.
    const auto stat =
        parse_mm_stat("134221824  1409087  2117632 67108864  2117632        3        0        7        9\n");
    ASSERT_TRUE(stat);
    EXPECT_EQ(*stat, (MemoryStat{134221824, 1409087, 2117632, 67108864, 2117632, 3, 0, 7, 9}));
}

TEST(PoolZramStats, OlderKernelsHaveFewerColumns)
{
    const auto stat = parse_mm_stat("1 2 3 4 5 6 7\n"); // 4.1
    ASSERT_TRUE(stat);
    EXPECT_EQ(stat->same_pages, Count{6});
    EXPECT_FALSE(stat->huge_pages);
    EXPECT_FALSE(stat->huge_pages_since);
    for (const char *bad : {"", "\n", "1 2 3 4", "1 2 x 4 5", "1 2 3 4 -5", "1 2 3 4 18446744073709551616"})
        EXPECT_FALSE(parse_mm_stat(bad)) << bad;
}

TEST(PoolZramStats, Others)
{
    EXPECT_EQ(parse_io_stat("       1        2 3        4\n"), (FailureStat{1, 2, 3, 4}));
    EXPECT_FALSE(parse_io_stat("1 2 3"));
    EXPECT_EQ(parse_bd_stat("5 6 7\n"), (BackingStat{5, 6, 7}));
    EXPECT_FALSE(parse_bd_stat("5 6"));
    EXPECT_EQ(
        parse_block_stat("   32821        0   264496      100    32769        0   262152       72 0 1 2\n"),
        (RequestStat{32821, 264496ull * 512, 32769, 262152ull * 512}));
    EXPECT_FALSE(parse_block_stat("1 2 3 4 5 6"));
    // More sectors than bytes can be counted.
    EXPECT_FALSE(parse_block_stat("1 2 18446744073709551615 4 5 6 7"));
    EXPECT_EQ(parse_count(" 12\n"), Count{12});
    for (const char *bad : {"", "12 13", "-1", "0x10", "12k"})
        EXPECT_FALSE(parse_count(bad)) << bad;
}

TEST(PoolZramStats, Algorithms)
{
    const Algorithms found = parse_algorithms("lzo-rle lzo [lz4] zstd \n");
    EXPECT_EQ(found.chosen, "lz4");
    EXPECT_EQ(found.listed(), "lzo-rle, lzo, lz4, zstd");
    EXPECT_TRUE(found.has("lzo"));
    EXPECT_FALSE(found.has("lz"));
    EXPECT_FALSE(found.has(""));
    EXPECT_EQ(parse_algorithms("").listed(), "");
    EXPECT_EQ(parse_algorithms("[] lz4").chosen, "");
    EXPECT_EQ(parse_recompression("#1: lz4 [zstd] \n#2: [lz4] zstd \n"),
              (std::vector<std::string>{"zstd", "lz4"}));
    EXPECT_EQ(parse_recompression("#1: lz4 zstd \n"), std::vector<std::string>{});
}

TEST(PoolZramDevice, Names)
{
    EXPECT_EQ(zram_number_of("/dev/zram3"), 3u);
    EXPECT_EQ(zram_number_of("zram12"), 12u);
    for (const char *bad : {"", "zram", "zram-1", "zram1p1", "/dev/sda", "/sys/zram1", "zram99999999999"})
        EXPECT_FALSE(zram_number_of(bad)) << bad;
}

class PoolZramTree : public ::testing::Test {
protected:
    PoolZramTree()
    {
        tree_.write("/sys/class/zram-control/hot_add", "3\n");
        tree_.write("/sys/class/zram-control/hot_remove", "");
        tree_.write("/sys/block/zram3/comp_algorithm", "[lzo] lz4\n");
        tree_.write("/sys/block/zram3/disksize", "0\n");
        tree_.write("/sys/block/zram0/disksize", "4096\n");
        tree_.write("/sys/block/sda/size", "1\n");
    }
    std::string text(const char *path) { return tree_.paths().read(path).value_or("(none)"); }

    testing::FakeHost tree_;
};

TEST_F(PoolZramTree, IsMadeAndTakenAway)
{
    EXPECT_EQ(zram_numbers(tree_.paths()), (std::vector<unsigned>{0, 3}));
    {
        ZramDevice device = ZramDevice::add(tree_.paths());
        EXPECT_EQ(device.node(), "/dev/zram3");
        EXPECT_FALSE(device.initialised());
        const ZramDevice moved{std::move(device)};
        EXPECT_EQ(text("/sys/class/zram-control/hot_remove"), "");
    }
    EXPECT_EQ(text("/sys/class/zram-control/hot_remove"), "3");
}

TEST_F(PoolZramTree, StaysIfKeptOrIfItWasThere)
{
    ZramDevice::add(tree_.paths()).keep();
    EXPECT_TRUE(ZramDevice::existing(0, tree_.paths()).initialised());
    EXPECT_EQ(text("/sys/class/zram-control/hot_remove"), "");
    EXPECT_THROW(ZramDevice::existing(7, tree_.paths()), Error);
}

TEST_F(PoolZramTree, AlgorithmsAreThoseOfTheKernel)
{
    ZramDevice device = ZramDevice::existing(3, tree_.paths());
    device.set_algorithm("lz4");
    EXPECT_EQ(text("/sys/block/zram3/comp_algorithm").substr(0, 3), "lz4");
    tree_.write("/sys/block/zram3/comp_algorithm", "[lzo] lz4\n");
    try {
        device.set_algorithm("zstd");
        FAIL() << "it is not in the list";
    } catch (const Error &error) {
        EXPECT_STREQ(error.what(), "this kernel's zram has no algorithm 'zstd'; it has lzo, lz4");
    }
    EXPECT_THROW(device.set_recompression("lz4"), Error);
    EXPECT_FALSE(device.set_streams(4));
}

TEST(PoolZramDevice, NoZramIsSaid)
{
    const testing::FakeHost empty;
    try {
        ZramDevice::add(empty.paths());
        FAIL() << "there is none";
    } catch (const Error &error) {
        EXPECT_NE(std::string{error.what()}.find("modprobe zram"), std::string::npos) << error.what();
    }
}

} // namespace
} // namespace memory_collector::pool
