// SPDX-License-Identifier: GPL-2.0-only
//
// zsmalloc's classes against what kernels' own tables say, and what pages would take.
#include "compress/zram_forecast.h"
#include "compress/zsmalloc.h"
#include "host_support.h"
#include "support/error.h"

#include <gtest/gtest.h>

using namespace memory_collector;
using namespace memory_collector::compress;

namespace {

constexpr ZsmallocRules until_6_2{.chain_size = 4, .by_percentage = true};
constexpr ZsmallocRules since_6_3{.chain_size = 8, .by_percentage = false};

ZsmallocClasses::Class class_of(const ZsmallocClasses &classes, std::size_t bytes)
{
    return classes.classes()[classes.index_of(bytes)];
}

} // namespace

TEST(Zsmalloc, ClassesAreThoseOfTheKernelsDocumentation)
{
    // Documentation/mm/zsmalloc.rst, with zspages of up to 4 and up to 8 pages.
    const ZsmallocClasses four{{.chain_size = 4, .by_percentage = false}};
    const ZsmallocClasses eight{since_6_3};
    EXPECT_EQ(class_of(four, 1560).object_bytes, 1632u);
    EXPECT_EQ(class_of(four, 1560).pages, 2u);
    EXPECT_EQ(class_of(four, 1560).objects, 5u);
    EXPECT_EQ(class_of(eight, 1560).object_bytes, 1568u);
    EXPECT_EQ(class_of(eight, 1560).pages, 5u);
    EXPECT_EQ(class_of(eight, 1560).objects, 13u);
    EXPECT_EQ(four.huge_from(), 3264u - 7);
    EXPECT_EQ(eight.huge_from(), 3632u - 7);
    const std::pair<std::size_t, unsigned> largest[] = {
        {3264, 4}, {3408, 5}, {3504, 6}, {3584, 7}, {3632, 8}};
    for (const auto &[bytes, pages] : largest) {
        EXPECT_EQ(class_of(eight, bytes - 8).object_bytes, bytes);
        EXPECT_EQ(class_of(eight, bytes - 8).pages, pages);
    }
}

TEST(Zsmalloc, AnObjectFitsItsClassAndNoneIsLeftOver)
{
    for (const ZsmallocRules &rules : {until_6_2, since_6_3, ZsmallocRules{16, false}}) {
        const ZsmallocClasses classes{rules};
        for (std::size_t bytes = 0; bytes <= 4096; bytes++) {
            const ZsmallocClasses::Class one = class_of(classes, bytes);
            // Only a whole page has its handle elsewhere.
            ASSERT_GE(one.object_bytes, std::min<std::size_t>(bytes + 8, 4096)) << bytes;
            ASSERT_LE(one.pages, rules.chain_size);
            ASSERT_LE(one.objects * one.object_bytes, one.pages * 4096u) << bytes;
            ASSERT_EQ(bytes >= classes.huge_from(), one.objects == 1 && one.pages == 1) << bytes;
        }
        EXPECT_THROW(classes.index_of(4097), Error);
    }
}

TEST(Zsmalloc, RulesFollowTheKernel)
{
    memory_collector::testing::FakeHost host;
    host.write("/proc/sys/kernel/osrelease", "6.1.0-21-cloud-amd64\n");
    EXPECT_EQ(zsmalloc_rules(host.paths()).chain_size, 4u);
    EXPECT_TRUE(zsmalloc_rules(host.paths()).by_percentage);
    host.write("/proc/sys/kernel/osrelease", "6.12.9\n");
    EXPECT_EQ(zsmalloc_rules(host.paths()).chain_size, 8u);
    EXPECT_FALSE(zsmalloc_rules(host.paths()).by_percentage);
    host.write("/boot/config-6.12.9", "# x\nCONFIG_ZSMALLOC_CHAIN_SIZE=10\nCONFIG_Y=y\n");
    EXPECT_EQ(zsmalloc_rules(host.paths()).chain_size, 10u);
    host.write("/boot/config-6.12.9", "# x\nCONFIG_ZSMALLOC_CHAIN_SIZE=99999999999\n");
    EXPECT_EQ(zsmalloc_rules(host.paths()).chain_size, 8u);
}

TEST(ZramForecast, WhatZramKeepsOfEachKindOfPage)
{
    ZramForecast forecast{since_6_3};
    EXPECT_EQ(forecast.of(100).mem_used_total, 0u) << "nothing is known";
    for (int i = 0; i < 3; i++)
        forecast.add_same_filled();
    forecast.add(4110); // grew: kept as it is
    forecast.add(3625); // the first that is
    for (int i = 0; i < 14; i++)
        forecast.add(1560); // 13 of them to a zspage of 5 pages
    const ZramUse use = forecast.of(forecast.pages());
    EXPECT_EQ(use.orig_data_size, 19u * 4096);
    EXPECT_EQ(use.compr_data_size, 2u * 4096 + 14u * 1560);
    EXPECT_EQ(use.mem_used_total, (2u + 2 * 5) * 4096);
    EXPECT_EQ(use.same_pages, 3u);
    EXPECT_EQ(use.huge_pages, 2u);
}

TEST(ZramForecast, ASampleStandsForAllPages)
{
    ZramForecast forecast{since_6_3};
    for (int i = 0; i < 13; i++)
        forecast.add(1560);
    forecast.add_same_filled();
    const ZramUse use = forecast.of(1400);
    EXPECT_EQ(use.orig_data_size, 1400u * 4096);
    EXPECT_EQ(use.compr_data_size, 1300u * 1560);
    EXPECT_EQ(use.mem_used_total, 100u * 5 * 4096);
    EXPECT_EQ(use.same_pages, 100u);
    EXPECT_EQ(forecast.of(0).mem_used_total, 0u);
}
