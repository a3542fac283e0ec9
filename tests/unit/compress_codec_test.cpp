// SPDX-License-Identifier: GPL-2.0-only
//
// Each codec and level: what goes in comes out, damage is refused, what is known of ratios holds.
#include "compress/codec.h"
#include "support/error.h"
#include "support/secret_buffer.h"

#include <algorithm>
#include <random>
#include <set>
#include <string>
#include <vector>

#include <gtest/gtest.h>

using namespace memory_collector;
using namespace memory_collector::compress;

namespace {

using Bytes = std::vector<std::byte>;

Bytes random_bytes(std::size_t size, unsigned seed = 1)
{
    std::mt19937 random{seed};
    Bytes bytes(size);
    for (std::byte &byte : bytes)
        byte = static_cast<std::byte>(random() & 0xff);
    return bytes;
}

Bytes repetitive(std::size_t size)
{
    const std::string_view text = "a line of a log, and again ";
    Bytes bytes(size);
    for (std::size_t i = 0; i < size; i++)
        bytes[i] = static_cast<std::byte>(text[i % text.size()]);
    return bytes;
}

std::size_t compressed_size(Codec &codec, const Bytes &in)
{
    Bytes out(codec.bound(in.size()));
    return codec.compress(in, out);
}

} // namespace

TEST(CompressCodec, TheSettingsAreThoseOfTheSweep)
{
    const auto all = all_settings();
    EXPECT_EQ(all.size(), 28u);
    EXPECT_EQ(std::set<Setting>(all.begin(), all.end()).size(), all.size());
    EXPECT_EQ(setting_name(all.front()), "lz4 fast 1");
    EXPECT_EQ(all.front(), baseline);
    EXPECT_EQ(setting_name({Mode::lz4_hc, 9}), "lz4 hc 9");
    EXPECT_EQ(setting_name(all.back()), "zstd 19");
}

TEST(CompressCodec, EverySettingRoundTripsEverySize)
{
    constexpr std::size_t largest = 300000;
    for (const Setting &setting : all_settings()) {
        const auto codec = make_codec(setting, largest);
        // Around zstd's tables for short inputs, largest last and first again.
        for (const std::size_t size : {std::size_t{1}, std::size_t{13}, std::size_t{4096}, std::size_t{16384},
                                       std::size_t{16385}, std::size_t{131073}, largest, std::size_t{4096}}) {
            for (const Bytes &in : {random_bytes(size), repetitive(size), Bytes(size)}) {
                Bytes out(codec->bound(size));
                const std::size_t written = codec->compress(in, out);
                ASSERT_LE(written, out.size());
                Bytes back(size, std::byte{0xee});
                ASSERT_TRUE(codec->decompress({out.data(), written}, back))
                    << setting_name(setting) << " " << size;
                EXPECT_EQ(back, in) << setting_name(setting) << " " << size;
            }
        }
    }
}

TEST(CompressCodec, RandomBytesDoNotShrinkAndRepeatedOnesDo)
{
    for (const Setting &setting : all_settings()) {
        const auto codec = make_codec(setting, 65536);
        EXPECT_GE(compressed_size(*codec, random_bytes(65536)), 65536u) << setting_name(setting);
        EXPECT_LE(compressed_size(*codec, repetitive(65536)), 65536u / 50) << setting_name(setting);
    }
}

TEST(CompressCodec, WhatIsCutOffOrOfAnotherSizeIsRefused)
{
    for (const Setting &setting : {baseline, Setting{Mode::lz4_hc, 9}, Setting{Mode::zstd, 3}}) {
        const auto codec = make_codec(setting, 4096);
        const Bytes in = repetitive(4096);
        Bytes out(codec->bound(in.size()));
        const std::size_t written = codec->compress(in, out);
        Bytes back(4096);
        EXPECT_FALSE(codec->decompress({out.data(), written - 1}, back)) << setting_name(setting);
        Bytes larger(4097);
        EXPECT_FALSE(codec->decompress({out.data(), written}, larger)) << setting_name(setting);
        Bytes smaller(4095);
        EXPECT_FALSE(codec->decompress({out.data(), written}, smaller)) << setting_name(setting);
    }
}

TEST(CompressCodec, WipedItGivesTheSameAgain)
{
    for (const Setting &setting : all_settings()) {
        const auto codec = make_codec(setting, 4096);
        const Bytes in = random_bytes(2048, 5);
        const std::size_t before = compressed_size(*codec, in);
        codec->wipe();
        EXPECT_EQ(compressed_size(*codec, in), before) << setting_name(setting);
    }
}

TEST(CompressCodec, LevelsThatNoLibraryHasAreErrors)
{
    EXPECT_THROW(make_codec({Mode::lz4_fast, 0}, 4096), Error);
    EXPECT_THROW(make_codec({Mode::lz4_hc, 13}, 4096), Error);
    EXPECT_THROW(make_codec({Mode::zstd, 23}, 4096), Error);
    EXPECT_THROW(make_codec({Mode::zstd, -1}, 4096), Error);
}

TEST(SecretBuffer, IsZeroAndIsZeroAfterWiping)
{
    SecretBuffer buffer{10000};
    const auto zero = [](std::byte byte) { return byte == std::byte{0}; };
    EXPECT_TRUE(std::all_of(buffer.bytes().begin(), buffer.bytes().end(), zero));
    std::fill(buffer.bytes().begin(), buffer.bytes().end(), std::byte{7});
    SecretBuffer other{std::move(buffer)};
    EXPECT_EQ(other.size(), 10000u);
    EXPECT_EQ(buffer.size(), 0u); // NOLINT(bugprone-use-after-move): moved from is empty
    other.wipe();
    EXPECT_TRUE(std::all_of(other.bytes().begin(), other.bytes().end(), zero));
}
