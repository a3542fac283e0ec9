// SPDX-License-Identifier: GPL-2.0-only
// The module's counter arithmetic, CPUID decoding and command parsing.
#include <gtest/gtest.h>

#include <cstdint>
#include <random>
#include <string>
#include <string_view>

extern "C" {
#include "command.h"
#include "counter.h"
#include "rdt_decode.h"
}

namespace {

constexpr std::uint64_t kMask24 = (1ULL << 24) - 1;

counter_scale scale(std::uint64_t mask, std::uint32_t unit)
{
    counter_scale result{};
    result.mask = mask;
    result.unit_bytes = unit;
    return result;
}

TEST(Counter, FirstReadingIsTheBaseline)
{
    counter c{};
    const counter_scale s = scale(kMask24, 65536);
    EXPECT_EQ(counter_update(&c, 123456, &s, COUNTER_FACTOR_ONE), 0U);
    EXPECT_EQ(counter_update(&c, 123460, &s, COUNTER_FACTOR_ONE), 4U * 65536);
}

TEST(Counter, ExtendsOverWraps)
{
    counter c{};
    const counter_scale s = scale(kMask24, 4096);
    std::mt19937_64 random(11);
    std::uint64_t truth = random() & kMask24, charged = 0;
    const std::uint64_t begin = truth;
    counter_update(&c, truth & kMask24, &s, COUNTER_FACTOR_ONE);
    for (int i = 0; i < 10000; ++i) {
        truth += random() % kMask24;
        charged += counter_update(&c, truth & kMask24, &s, COUNTER_FACTOR_ONE);
    }
    EXPECT_GT(truth, 1000 * kMask24);
    EXPECT_EQ(charged, (truth - begin) * 4096);
}

TEST(Counter, CorrectsTheAccumulatedCountNotEachDelta)
{
    counter c{};
    const counter_scale s = scale(~0ULL >> 2, 3);
    const std::uint64_t factor = 1117000; // 1.0653 in 2^-20
    std::uint64_t charged = 0;
    counter_update(&c, 0, &s, factor);
    for (std::uint64_t i = 1; i <= 100000; ++i)
        charged += counter_update(&c, i, &s, factor);
    // One rounding in all, not 100,000 of up to a byte each.
    EXPECT_EQ(charged, static_cast<std::uint64_t>(static_cast<unsigned __int128>(100000 * 3) * factor >> 20));
}

TEST(Counter, FactorDoesNotOverflowForAYearOfTraffic)
{
    const std::uint64_t units = 300ULL * 1000 * 1000 * 1000 / 65536 * 86400 * 365;
    const std::uint64_t factor = 1525175; // 1.454545
    EXPECT_EQ(counter_units_to_bytes(units, 65536, factor),
              static_cast<std::uint64_t>(static_cast<unsigned __int128>(units) * 65536 * factor >> 20));
}

TEST(Counter, NextOwnerStartsAtZero)
{
    counter c{};
    const counter_scale s = scale(kMask24, 65536);
    counter_update(&c, 10, &s, COUNTER_FACTOR_ONE);
    counter_update(&c, 20, &s, COUNTER_FACTOR_ONE);
    counter_new_owner(&c);
    EXPECT_EQ(counter_update(&c, 21, &s, COUNTER_FACTOR_ONE), 65536U);
}

rdt_cpuid machine()
{
    rdt_cpuid cpuid{};
    cpuid.vendor = CPU_VENDOR_INTEL;
    cpuid.family = 6;
    cpuid.model = 0x6a;
    cpuid.stepping = 6;
    cpuid.leaf_7_0.ebx = 1U << 12;
    cpuid.leaf_f_0 = {0, 255, 0, 2};
    cpuid.leaf_f_1 = {8, 65536, 255, 7};
    return cpuid;
}

TEST(RdtDecode, ReadsAnIceLakeServer)
{
    rdt_features features{};
    const rdt_cpuid cpuid = machine();
    ASSERT_EQ(rdt_decode(&cpuid, false, &features), RDT_USABLE);
    EXPECT_TRUE(features.occupancy && features.total && features.local);
    EXPECT_EQ(features.rmids, 256U);
    EXPECT_EQ(features.counter_bits, 32U);
    EXPECT_EQ(features.counter_mask, 0xffffffffU);
    EXPECT_EQ(features.unit_bytes, 65536U);
    EXPECT_EQ(rdt_factor(&features, 255), 1ULL << 20);
    EXPECT_FALSE(features.unavailable_resets);
}

TEST(RdtDecode, AbsentWithoutLeafEventsOrUnit)
{
    rdt_features features{};
    rdt_cpuid cpuid = machine();
    cpuid.leaf_7_0.ebx = 0;
    EXPECT_EQ(rdt_decode(&cpuid, false, &features), RDT_ABSENT);
    cpuid = machine();
    cpuid.leaf_f_0.edx = 0;
    EXPECT_EQ(rdt_decode(&cpuid, false, &features), RDT_ABSENT);
    cpuid = machine();
    cpuid.leaf_f_1.edx = 0;
    EXPECT_EQ(rdt_decode(&cpuid, false, &features), RDT_ABSENT);
    cpuid = machine();
    cpuid.leaf_f_1.ebx = 0;
    EXPECT_EQ(rdt_decode(&cpuid, false, &features), RDT_ABSENT);
    cpuid = machine();
    cpuid.leaf_f_1.ecx = 1;
    EXPECT_EQ(rdt_decode(&cpuid, false, &features), RDT_TOO_FEW_RMIDS);
}

TEST(RdtDecode, WidthsThatAreNotEnumerated)
{
    rdt_features features{};
    rdt_cpuid cpuid = machine();
    cpuid.leaf_f_1.eax = 0;
    rdt_decode(&cpuid, false, &features);
    EXPECT_EQ(features.counter_bits, 24U);
    cpuid.vendor = CPU_VENDOR_AMD;
    rdt_decode(&cpuid, false, &features);
    EXPECT_EQ(features.counter_bits, 44U);
    EXPECT_TRUE(features.unavailable_resets);
    cpuid.vendor = CPU_VENDOR_HYGON;
    rdt_decode(&cpuid, false, &features);
    EXPECT_EQ(features.counter_bits, 32U);
    cpuid.leaf_f_1.eax = 255;
    rdt_decode(&cpuid, false, &features);
    EXPECT_EQ(features.counter_bits, 62U) << "data is bits 61:0";
}

TEST(RdtDecode, SkylakeIsDisabledForErrataUnlessForced)
{
    rdt_features features{};
    rdt_cpuid cpuid = machine();
    cpuid.model = 0x55;
    cpuid.stepping = 4;
    EXPECT_EQ(rdt_decode(&cpuid, false, &features), RDT_ERRATUM);
    EXPECT_EQ(rdt_decode(&cpuid, true, &features), RDT_USABLE);
    cpuid.stepping = 5;
    EXPECT_EQ(rdt_decode(&cpuid, false, &features), RDT_USABLE);
}

TEST(RdtDecode, CorrectionFactorsApplyAboveTheirThreshold)
{
    rdt_features features{};
    rdt_cpuid cpuid = machine();
    cpuid.model = 0x4f;
    cpuid.leaf_f_1.ecx = 143; // 18 cores: threshold 127, 1.185255
    ASSERT_EQ(rdt_decode(&cpuid, false, &features), RDT_USABLE);
    EXPECT_EQ(rdt_factor(&features, 127), 1ULL << 20);
    EXPECT_NEAR(static_cast<double>(rdt_factor(&features, 128)) / (1 << 20), 1.185255, 1e-6);
    cpuid.leaf_f_1.ecx = 63; // 8 cores: no correction
    rdt_decode(&cpuid, false, &features);
    EXPECT_EQ(rdt_factor(&features, 63), 1ULL << 20);
    cpuid.leaf_f_1.ecx = 1023; // beyond the table
    rdt_decode(&cpuid, false, &features);
    EXPECT_EQ(rdt_factor(&features, 1023), 1ULL << 20);
}

int parse(std::string_view text)
{
    return command_parse(text.data(), text.size());
}

TEST(Command, DumpWithOrWithoutOneNewline)
{
    EXPECT_EQ(parse("dump"), COMMAND_DUMP);
    EXPECT_EQ(parse("dump\n"), COMMAND_DUMP);
}

TEST(Command, AnythingElseIsRefusedWhole)
{
    using std::string_view_literals::operator""sv;
    for (const std::string_view text : {""sv, "\n"sv, "dum"sv, "dump "sv, " dump"sv, "dump\n\n"sv,
                                        "dumpdump"sv, "dump\0"sv, "DUMP"sv, "dump\ndump"sv, "\0dump"sv})
        EXPECT_EQ(parse(text), -EINVAL) << std::string(text);
}

} // namespace
