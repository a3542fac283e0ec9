// SPDX-License-Identifier: GPL-2.0-only
#include "host/rdt_cpuid.h"

#include <array>
#include <cstring>

#if defined(__x86_64__) || defined(__i386__)
#include <cpuid.h>
#endif

namespace memory_collector {
namespace {

constexpr std::uint32_t leaf_structured_features = 7;
constexpr std::uint32_t leaf_monitoring = 0x0f;
constexpr std::uint32_t leaf_hypervisor = 0x40000000;

std::string signature(std::uint32_t first, std::uint32_t second, std::uint32_t third)
{
    std::array<char, 12> text{};
    std::memcpy(text.data(), &first, 4);
    std::memcpy(text.data() + 4, &second, 4);
    std::memcpy(text.data() + 8, &third, 4);
    std::string result;
    for (const char letter : text)
        if (letter >= ' ' && letter <= '~')
            result += letter;
    return result;
}

void decode_identity(const CpuidReader &cpuid, RdtMonitoring &rdt)
{
    const auto [eax, ebx, ecx, edx] = cpuid(1, 0);
    rdt.family = (eax >> 8) & 0xf;
    rdt.model = (eax >> 4) & 0xf;
    rdt.stepping = eax & 0xf;
    // Extended model counts for families 6 and 15 only, extended family for 15.
    if (rdt.family == 6 || rdt.family == 15)
        rdt.model |= ((eax >> 16) & 0xf) << 4;
    if (rdt.family == 15)
        rdt.family += (eax >> 20) & 0xff;
    rdt.under_hypervisor = (ecx >> 31) & 1;
    if (rdt.under_hypervisor) {
        const auto hypervisor = cpuid(leaf_hypervisor, 0);
        rdt.hypervisor = signature(hypervisor.ebx, hypervisor.ecx, hypervisor.edx);
    }
}

// Without an offset in CPUID, counters have the width their vendor began with
// (the kernel: MBM_CNTR_WIDTH_BASE and MBM_CNTR_WIDTH_OFFSET_AMD).
unsigned counter_width(const RdtMonitoring &rdt, std::uint32_t offset)
{
    if (offset)
        return 24 + offset;
    if (rdt.vendor == "AuthenticAMD")
        return 44;
    if (rdt.vendor == "HygonGenuine")
        return 32;
    return 24;
}

} // namespace

RdtMonitoring decode_rdt_monitoring(const CpuidReader &cpuid)
{
    RdtMonitoring rdt;
    const CpuidRegisters basic = cpuid(0, 0);
    rdt.vendor = signature(basic.ebx, basic.edx, basic.ecx);
    if (basic.eax < 1)
        return rdt;
    decode_identity(cpuid, rdt);
    if (basic.eax < leaf_structured_features)
        return rdt;
    rdt.monitoring = (cpuid(leaf_structured_features, 0).ebx >> 12) & 1;
    if (!rdt.monitoring || basic.eax < leaf_monitoring)
        return rdt;

    rdt.l3_monitoring = (cpuid(leaf_monitoring, 0).edx >> 1) & 1;
    if (!rdt.l3_monitoring)
        return rdt;
    const CpuidRegisters l3 = cpuid(leaf_monitoring, 1);
    rdt.counter_bits = counter_width(rdt, l3.eax & 0xff);
    rdt.unit_bytes = l3.ebx;
    rdt.rmids = l3.ecx + 1;
    rdt.occupancy = l3.edx & 1;
    rdt.total = (l3.edx >> 1) & 1;
    rdt.local = (l3.edx >> 2) & 1;
    // Skylake Server up to stepping 4: erratum SKX99 (the kernel's
    // __check_quirks_intel turns CMT and MBM off there).
    rdt.disabled_by_erratum =
        rdt.vendor == "GenuineIntel" && rdt.family == 6 && rdt.model == 0x55 && rdt.stepping <= 4;
    return rdt;
}

CpuidRegisters host_cpuid([[maybe_unused]] std::uint32_t leaf, [[maybe_unused]] std::uint32_t subleaf)
{
    CpuidRegisters registers;
#if defined(__x86_64__) || defined(__i386__)
    __cpuid_count(leaf, subleaf, registers.eax, registers.ebx, registers.ecx, registers.edx);
#endif
    return registers;
}

} // namespace memory_collector
