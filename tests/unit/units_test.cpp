// SPDX-License-Identifier: GPL-2.0-only
#include "support/units.h"

#include <gtest/gtest.h>

namespace memory_collector {
namespace {

TEST(Units, Durations)
{
    EXPECT_EQ(parse_duration("5ns"), 5u);
    EXPECT_EQ(parse_duration("7us"), 7'000u);
    EXPECT_EQ(parse_duration("500ms"), 500'000'000u);
    EXPECT_EQ(parse_duration("10s"), 10'000'000'000u);
    EXPECT_EQ(parse_duration("2m"), 120'000'000'000u);
    EXPECT_EQ(parse_duration("1h"), 3'600'000'000'000u);
    EXPECT_EQ(parse_duration("0s"), 0u);
    EXPECT_EQ(parse_duration("2562047h"), 2562047ull * 3'600'000'000'000ull);
    for (const char *bad : {"", "s", "10", "10 s", " 10s", "10s ", "-1s", "+1s", "1.5s", "10S", "1d", "10ss",
                            "0x10s", "2562048h", "99999999999999999999s"})
        EXPECT_FALSE(parse_duration(bad)) << bad;
}

TEST(Units, Sizes)
{
    EXPECT_EQ(parse_size("1B"), 1u);
    EXPECT_EQ(parse_size("64KiB"), 65536u);
    EXPECT_EQ(parse_size("4MiB"), 4u << 20);
    EXPECT_EQ(parse_size("3GiB"), 3ull << 30);
    EXPECT_EQ(parse_size("2kB"), 2000u);
    for (const char *bad : {"", "64", "64K", "64kib", "64 KiB", "-1B", "99999999TiB"})
        EXPECT_FALSE(parse_size(bad)) << bad;
}

TEST(Units, BytesForPeople)
{
    EXPECT_EQ(format_bytes(0), "0 B");
    EXPECT_EQ(format_bytes(999), "999 B");
    EXPECT_EQ(format_bytes(1024), "1.00 KiB");
    EXPECT_EQ(format_bytes(10.04 * 1024), "10.0 KiB");
    EXPECT_EQ(format_bytes(123456789), "118 MiB");
    EXPECT_EQ(format_bytes(1000.0 * 1024), "0.98 MiB");
    EXPECT_EQ(format_bytes(-2048), "-2.00 KiB");
}

} // namespace
} // namespace memory_collector
