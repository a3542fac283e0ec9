// SPDX-License-Identifier: GPL-2.0-only
//
// What CPUID says about RDT monitoring (Intel SDM volume 3, 18.18; AMD64 APM
// volume 2, 19.3).
#pragma once

#include <cstdint>
#include <functional>
#include <string>

namespace memory_collector {

struct CpuidRegisters {
    std::uint32_t eax = 0;
    std::uint32_t ebx = 0;
    std::uint32_t ecx = 0;
    std::uint32_t edx = 0;
};

using CpuidReader = std::function<CpuidRegisters(std::uint32_t leaf, std::uint32_t subleaf)>;

struct RdtMonitoring {
    std::string vendor;
    unsigned family = 0;
    unsigned model = 0;
    unsigned stepping = 0;
    bool under_hypervisor = false;
    std::string hypervisor; // its signature, where it gives one

    bool monitoring = false; // CPUID.7.0:EBX[12]
    bool l3_monitoring = false;
    bool occupancy = false;
    bool total = false;
    bool local = false;
    std::uint32_t rmids = 0; // that can be told apart, RMID 0 included
    unsigned counter_bits = 0;
    std::uint64_t unit_bytes = 0;

    // The kernel switches monitoring off on this model for its errata.
    bool disabled_by_erratum = false;

    bool bandwidth() const { return total || local; }
};

RdtMonitoring decode_rdt_monitoring(const CpuidReader &cpuid);

// The CPUID instruction of the CPU it happens to run on; zeros elsewhere than
// on x86.
CpuidRegisters host_cpuid(std::uint32_t leaf, std::uint32_t subleaf);

} // namespace memory_collector
