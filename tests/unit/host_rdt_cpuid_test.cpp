// SPDX-License-Identifier: GPL-2.0-only
#include "host/rdt_cpuid.h"

#include <gtest/gtest.h>

#include <cstring>
#include <map>
#include <string_view>
#include <utility>

namespace memory_collector {
namespace {

using Leaves = std::map<std::pair<std::uint32_t, std::uint32_t>, CpuidRegisters>;

std::uint32_t word(std::string_view text, std::size_t at)
{
    std::uint32_t value = 0;
    std::memcpy(&value, text.data() + at, 4);
    return value;
}

// Ice Lake server, with the leaves that the manual asks for.
Leaves intel()
{
    constexpr std::string_view vendor = "GenuineIntel";
    return {
        {{0, 0}, {.eax = 0x1b, .ebx = word(vendor, 0), .ecx = word(vendor, 8), .edx = word(vendor, 4)}},
        {{1, 0}, {.eax = 0x606a6}},
        {{7, 0}, {.ebx = 1u << 12}},
        {{0xf, 0}, {.ebx = 223, .edx = 1u << 1}},
        {{0xf, 1}, {.eax = 8, .ebx = 106496, .ecx = 223, .edx = 7}},
    };
}

CpuidReader reader(Leaves leaves)
{
    return [leaves = std::move(leaves)](std::uint32_t leaf, std::uint32_t subleaf) {
        const auto found = leaves.find({leaf, subleaf});
        return found == leaves.end() ? CpuidRegisters{} : found->second;
    };
}

TEST(RdtCpuid, FullIntelMachine)
{
    const auto rdt = decode_rdt_monitoring(reader(intel()));
    EXPECT_EQ(rdt.vendor, "GenuineIntel");
    EXPECT_EQ(rdt.family, 6u);
    EXPECT_EQ(rdt.model, 0x6au);
    EXPECT_EQ(rdt.stepping, 6u);
    EXPECT_FALSE(rdt.under_hypervisor);
    EXPECT_TRUE(rdt.monitoring && rdt.l3_monitoring);
    EXPECT_TRUE(rdt.occupancy && rdt.total && rdt.local);
    EXPECT_EQ(rdt.rmids, 224u);
    EXPECT_EQ(rdt.counter_bits, 32u);
    EXPECT_EQ(rdt.unit_bytes, 106496u);
    EXPECT_FALSE(rdt.disabled_by_erratum);
}

TEST(RdtCpuid, WidthWithoutOffsetIsTheVendorsOwn)
{
    const std::pair<std::string_view, unsigned> widths[] = {
        {"GenuineIntel", 24}, {"AuthenticAMD", 44}, {"HygonGenuine", 32}};
    for (const auto &[vendor, bits] : widths) {
        Leaves leaves = intel();
        leaves[{0, 0}] = {
            .eax = 0x1b, .ebx = word(vendor, 0), .ecx = word(vendor, 8), .edx = word(vendor, 4)};
        leaves[{0xf, 1}].eax = 0;
        EXPECT_EQ(decode_rdt_monitoring(reader(leaves)).counter_bits, bits) << vendor;
    }
}

TEST(RdtCpuid, ExtendedFamilyAndModel)
{
    Leaves leaves = intel();
    leaves[{1, 0}].eax = 0x00830f10; // EPYC 7002
    const auto rdt = decode_rdt_monitoring(reader(leaves));
    EXPECT_EQ(rdt.family, 0x17u);
    EXPECT_EQ(rdt.model, 0x31u);
    EXPECT_EQ(rdt.stepping, 0u);
}

TEST(RdtCpuid, FeatureBitAbsent)
{
    Leaves leaves = intel();
    leaves[{7, 0}].ebx = ~(1u << 12);
    const auto rdt = decode_rdt_monitoring(reader(leaves));
    EXPECT_FALSE(rdt.monitoring);
    EXPECT_FALSE(rdt.bandwidth());
    EXPECT_EQ(rdt.rmids, 0u);
}

TEST(RdtCpuid, LeafBeyondTheHighestIsNotAsked)
{
    Leaves leaves = intel();
    leaves[{0, 0}].eax = 0xe; // Icelake-Server of QEMU as it comes
    const auto rdt = decode_rdt_monitoring(reader(leaves));
    EXPECT_TRUE(rdt.monitoring);
    EXPECT_FALSE(rdt.l3_monitoring);
    EXPECT_EQ(rdt.unit_bytes, 0u);
}

TEST(RdtCpuid, OccupancyOnly)
{
    Leaves leaves = intel();
    leaves[{0xf, 1}].edx = 1;
    const auto rdt = decode_rdt_monitoring(reader(leaves));
    EXPECT_TRUE(rdt.occupancy);
    EXPECT_FALSE(rdt.bandwidth());
}

TEST(RdtCpuid, HypervisorSaysItsName)
{
    Leaves leaves = intel();
    leaves[{1, 0}].ecx = 1u << 31;
    leaves[{0x40000000, 0}] = {
        .ebx = word("KVMKVMKVM\0\0\0", 0), .ecx = word("KVMKVMKVM\0\0\0", 4), .edx = 0x4d};
    const auto rdt = decode_rdt_monitoring(reader(leaves));
    EXPECT_TRUE(rdt.under_hypervisor);
    EXPECT_EQ(rdt.hypervisor, "KVMKVMKVM");
}

TEST(RdtCpuid, SkylakeServerErratumEndsWithStepping4)
{
    Leaves leaves = intel();
    leaves[{1, 0}].eax = 0x50654;
    EXPECT_TRUE(decode_rdt_monitoring(reader(leaves)).disabled_by_erratum);
    leaves[{1, 0}].eax = 0x50657; // Cascade Lake
    EXPECT_FALSE(decode_rdt_monitoring(reader(leaves)).disabled_by_erratum);
}

TEST(RdtCpuid, ThisCpuIsReadWithoutFault)
{
    const auto rdt = decode_rdt_monitoring(host_cpuid);
#if defined(__x86_64__)
    EXPECT_EQ(rdt.vendor.size(), 12u);
    EXPECT_GT(rdt.family, 0u);
#else
    EXPECT_FALSE(rdt.monitoring);
#endif
}

} // namespace
} // namespace memory_collector
