// SPDX-License-Identifier: GPL-2.0-only
//
// What the sampler is made of, without another process: texts of /proc, the choice of pages, pacing.
#include "compress/cpu_pace.h"
#include "compress/page_entry.h"
#include "compress/process_choice.h"
#include "compress/reservoir.h"
#include "compress/setting_list.h"
#include "compress/smaps.h"
#include "compress/swap_backed.h"

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <vector>

#include <gtest/gtest.h>

using namespace memory_collector::compress;

namespace {

constexpr std::string_view two_mappings =
    "55ac1a4cf000-55ac1a4d1000 r--p 00000000 fe:00 247498                     /usr/bin/head\n"
    "Size:                  8 kB\n"
    "Rss:                   8 kB\n"
    "Referenced:            4 kB\n"
    "Anonymous:             0 kB\n"
    "AnonHugePages:         0 kB\n"
    "Swap:                  0 kB\n"
    "SwapPss:               0 kB\n"
    "THPeligible:           0\n"
    "VmFlags: rd mr mw me \n"
    "7f0000000000-7f0000400000 rw-s 00000000 00:01 12                         /dev/zero (deleted)\n"
    "Rss:                4096 kB\n"
    "Referenced:         2048 kB\n"
    "Anonymous:          1024 kB\n"
    "Swap:                 16 kB\n"
    "SwapPss:               7 kB\n"
    "VmFlags: rd wr sh mr mw me ms sd \n";

std::vector<Mapping> parse(std::string_view text, std::size_t piece = 100000)
{
    std::vector<Mapping> found;
    SmapsParser parser{[&](const Mapping &mapping) { found.push_back(mapping); }};
    for (std::size_t at = 0; at < text.size(); at += piece)
        parser.feed(text.substr(at, piece));
    parser.end();
    return found;
}

std::string mapping(std::string_view name, std::string_view flags)
{
    return "7f0000000000-7f0000001000 rw-p 00000000 00:00 0 " + std::string{name} +
           "\nRss: 4 kB\nVmFlags: " + std::string{flags} + "\n";
}

} // namespace

TEST(CompressPageEntry, EachBitIsReadWhereTheKernelHasIt)
{
    const PageEntry none{};
    EXPECT_FALSE(none.present() || none.swapped() || none.file() || none.soft_dirty());
    EXPECT_TRUE(PageEntry{std::uint64_t{1} << 63}.present());
    EXPECT_TRUE(PageEntry{std::uint64_t{1} << 62}.swapped());
    EXPECT_TRUE(PageEntry{std::uint64_t{1} << 61}.file());
    EXPECT_TRUE(PageEntry{std::uint64_t{1} << 55}.soft_dirty());
    EXPECT_EQ(PageEntry{(std::uint64_t{1} << 63) | 0x1234}.frame(), 0x1234u);
    // A swap slot is no frame.
    EXPECT_EQ(PageEntry{(std::uint64_t{1} << 62) | 0x1234}.frame(), 0u);
}

TEST(CompressPageEntry, AnotherFrameOrKindIsAnotherPage)
{
    constexpr std::uint64_t present = std::uint64_t{1} << 63;
    const PageEntry page{present | 5};
    EXPECT_TRUE(page.same_page(PageEntry{present | 5 | std::uint64_t{1} << 55})); // written to meanwhile
    EXPECT_FALSE(page.same_page(PageEntry{present | 6}));
    EXPECT_FALSE(page.same_page(PageEntry{present | 5 | std::uint64_t{1} << 61}));
    EXPECT_FALSE(page.same_page(PageEntry{5}));
    EXPECT_FALSE(PageEntry{}.same_page(PageEntry{}));
}

TEST(CompressSmaps, FiguresAndFlagsOfEachMappingInPiecesOfAnySize)
{
    for (const std::size_t piece : {1u, 2u, 7u, 64u, 100000u}) {
        const auto found = parse(two_mappings, piece);
        ASSERT_EQ(found.size(), 2u) << piece;
        EXPECT_EQ(found[0].begin, 0x55ac1a4cf000u);
        EXPECT_EQ(found[0].end, 0x55ac1a4d1000u);
        EXPECT_FALSE(found[0].shared);
        EXPECT_EQ(found[0].device_major, 0xfeu);
        EXPECT_EQ(found[0].resident_bytes, 8192u);
        EXPECT_EQ(found[0].referenced_bytes, 4096u);
        EXPECT_EQ(found[0].anonymous_bytes, 0u);
        EXPECT_TRUE(found[0].flags_known);
        EXPECT_FALSE(found[0].device || found[0].hugetlb || found[0].locked || found[0].soft_dirty);
        EXPECT_TRUE(found[1].shared);
        EXPECT_EQ(found[1].device_minor, 1u);
        EXPECT_EQ(found[1].anonymous_bytes, 1024u * 1024);
        EXPECT_EQ(found[1].swapped_bytes, 16384u);
        EXPECT_TRUE(found[1].soft_dirty);
    }
}

TEST(CompressSmaps, FlagsOfWhatIsNotToBeRead)
{
    EXPECT_TRUE(parse(mapping("", "rd wr io dd"))[0].device);
    EXPECT_TRUE(parse(mapping("", "rd wr pf"))[0].device);
    EXPECT_TRUE(parse(mapping("", "rd wr mm"))[0].device);
    EXPECT_TRUE(parse(mapping("", "rd ht"))[0].hugetlb);
    EXPECT_TRUE(parse(mapping("", "rd lo"))[0].locked);
    EXPECT_TRUE(parse(mapping("", ""))[0].flags_known);
}

TEST(CompressSmaps, NamesAreNotLookedAt)
{
    // The kernel writes a newline in a name as \012.
    for (const std::string &name :
         {std::string{"/tmp/a\\012VmFlags: io pf ht lo"}, std::string{"/tmp/VmFlags: io"},
          std::string(5000, 'x'), std::string{"/SYSV00000000 (deleted) 00:01"},
          std::string{"[anon:\xff\xfe Rss: 99 kB]"}}) {
        const auto found = parse(mapping(name, "rd wr mr"));
        ASSERT_EQ(found.size(), 1u) << name;
        EXPECT_FALSE(found[0].device || found[0].hugetlb || found[0].locked) << name;
        EXPECT_EQ(found[0].resident_bytes, 4096u) << name;
        EXPECT_EQ(found[0].device_minor, 0u) << name;
    }
}

TEST(CompressSmaps, ARawNewlineInANameMakesNothingReadableThatIsNot)
{
    // No kernel writes one; if one did, the last flags are the kernel's own.
    const auto found = parse(mapping("/tmp/a\nVmFlags: rd wr\nRss: 8 kB", "rd wr io"));
    ASSERT_EQ(found.size(), 1u);
    EXPECT_TRUE(found[0].device);
}

TEST(CompressSmaps, WhatIsCutOffHasNoKnownFlags)
{
    for (std::size_t length = 0; length < two_mappings.size(); length++) {
        const auto found = parse(two_mappings.substr(0, length));
        ASSERT_LE(found.size(), 2u);
        if (found.size() == 2) {
            EXPECT_FALSE(found[1].flags_known) << length;
        }
    }
    EXPECT_FALSE(takes_of(Mapping{.begin = 0, .end = 4096}, {}).any());
}

TEST(CompressSmaps, LinesThatAreNoHeading)
{
    for (const std::string_view text :
         {"", "7f00-7f01", "7f00-7f01 rw-p", "7f01-7f00 rw-p 0 00:00 0 x\n", "g-h rw-p 0 0:0 0\n",
          "7f00-7f01 rw-x 0 00:00 0\n", "\n\n\n", "VmFlags: io\n"})
        EXPECT_TRUE(parse(text).empty()) << text;
}

TEST(CompressSwapBacked, WhatWouldGoToSwap)
{
    const DeviceSet shmem{{0, 1}};
    Mapping mapping{.begin = 0, .end = 4096, .flags_known = true};
    EXPECT_TRUE(takes_of(mapping, shmem).anonymous);
    EXPECT_FALSE(takes_of(mapping, shmem).shmem);
    mapping.device_minor = 1;
    EXPECT_TRUE(takes_of(mapping, shmem).shmem);
    mapping.shared = true;
    EXPECT_FALSE(takes_of(mapping, shmem).anonymous);
    EXPECT_TRUE(takes_of(mapping, shmem).shmem);
    mapping.device_minor = 2; // a file of a disk
    EXPECT_FALSE(takes_of(mapping, shmem).any());
    for (bool Mapping::*const flag : {&Mapping::device, &Mapping::hugetlb, &Mapping::locked}) {
        Mapping other{.begin = 0, .end = 4096, .flags_known = true};
        other.*flag = true;
        EXPECT_FALSE(takes_of(other, shmem).any());
    }
}

TEST(CompressSwapBacked, TmpfsOfMountinfo)
{
    DeviceSet devices;
    add_tmpfs_devices("22 28 0:21 / /sys rw,nosuid shared:7 - sysfs sysfs rw\n"
                      "25 28 0:23 / /run rw,nosuid shared:12 master:3 - tmpfs tmpfs rw,size=1\n"
                      "26 28 0:24 / /dev/shm\\040- rw - tmpfs tmpfs rw\n"
                      "27 28 8:1 / /tmpfs rw - ext4 tmpfs rw\n"
                      "28 28 x:y / / rw - tmpfs tmpfs rw\n"
                      "29\n\n",
                      devices);
    EXPECT_EQ(devices, (DeviceSet{{0, 23}, {0, 24}}));
}

TEST(CompressSwapBacked, TheKernelsOwnSharedMemoryHasADevice)
{
    EXPECT_NE(kernel_shmem_device(), (std::pair<std::uint32_t, std::uint32_t>{0, 0}));
}

TEST(CompressReservoir, FewerThanItHoldsAreAllTaken)
{
    Reservoir<std::uint64_t> reservoir{10, 1};
    for (std::uint64_t i = 0; i < 7; i++)
        reservoir.offer(1, [&](std::uint64_t) { return i; });
    EXPECT_EQ(reservoir.seen(), 7u);
    auto items = reservoir.take();
    std::sort(items.begin(), items.end());
    EXPECT_EQ(items, (std::vector<std::uint64_t>{0, 1, 2, 3, 4, 5, 6}));
}

TEST(CompressReservoir, EachItemIsAsLikelyAsAnyOtherHoweverRunsLie)
{
    constexpr std::uint64_t population = 200;
    constexpr std::size_t size = 20;
    constexpr int rounds = 4000;
    for (const std::uint64_t run : {1u, 3u, 64u, 200u}) {
        std::vector<double> times(population);
        double neighbours = 0;
        for (int round = 0; round < rounds; round++) {
            Reservoir<std::uint64_t> reservoir{size, static_cast<std::uint64_t>(round) * 977 + run};
            for (std::uint64_t at = 0; at < population; at += run)
                reservoir.offer(std::min(run, population - at), [&](std::uint64_t i) { return at + i; });
            const auto items = reservoir.take();
            const std::set<std::uint64_t> distinct(items.begin(), items.end());
            ASSERT_EQ(distinct.size(), size);
            for (const std::uint64_t item : items) {
                times.at(item)++;
                neighbours += distinct.contains(item + 1) ? 1 : 0;
            }
        }
        // Chi squared with 199 degrees of freedom, each cell's variance less as nothing is taken twice:
        // 199 expected, a standard deviation of 20.
        const double expected = static_cast<double>(rounds) * size / population;
        double chi = 0;
        for (const double one : times)
            chi += (one - expected) * (one - expected) /
                   (expected * (1 - static_cast<double>(size) / population));
        EXPECT_GT(chi, 100) << run;
        EXPECT_LT(chi, 300) << run;
        // Pairs are as likely as any other pair.
        const double pairs = rounds * 199.0 * (size * (size - 1.0)) / (population * (population - 1.0));
        EXPECT_NEAR(neighbours / pairs, 1, 0.05) << run;
    }
}

TEST(CompressReservoir, TheSameSeedChoosesTheSame)
{
    const auto sample = [](std::uint64_t seed) {
        Reservoir<std::uint64_t> reservoir{5, seed};
        reservoir.offer(1000000, [](std::uint64_t i) { return i; });
        return reservoir.take();
    };
    EXPECT_EQ(sample(3), sample(3));
    EXPECT_NE(sample(3), sample(4));
}

TEST(CompressSettingList, WordsOfEverySetting)
{
    for (const Setting &setting : all_settings())
        EXPECT_EQ(parse_settings(setting_word(setting)), std::vector<Setting>{setting});
    EXPECT_EQ(parse_settings("all")->size(), all_settings().size());
    EXPECT_EQ(parse_settings("zstd-3,lz4-hc-9"), (std::vector<Setting>{{Mode::zstd, 3}, {Mode::lz4_hc, 9}}));
    for (const std::string_view bad : {"", ",", "zstd-3,", "zstd-20", "lz4", "lz4-fast-3", "zstd 3"})
        EXPECT_FALSE(parse_settings(bad)) << bad;
}

TEST(CompressCpuPace, WaitsUntilTheShareIsKept)
{
    EXPECT_EQ(time_to_wait(10, 1000, 0.01), 0u);
    EXPECT_EQ(time_to_wait(20, 1000, 0.01), 1000u);
    EXPECT_EQ(time_to_wait(500, 100, 1), 0u);
    EXPECT_EQ(time_to_wait(50, 60, 0.5), 40u);
}

TEST(CompressProcessChoice, BelowACgroupIsNotBesideIt)
{
    EXPECT_TRUE(within_cgroup("/a", "/a"));
    EXPECT_TRUE(within_cgroup("/a/b", "/a"));
    EXPECT_TRUE(within_cgroup("/a/b", "/a/"));
    EXPECT_TRUE(within_cgroup("/a", "/"));
    EXPECT_FALSE(within_cgroup("/ab", "/a"));
    EXPECT_FALSE(within_cgroup("/", "/a"));
    EXPECT_FALSE(within_cgroup("", "/"));
}
