// SPDX-License-Identifier: GPL-2.0-only
//
// What is known of a live process's memory by a random sample of its pages.
#pragma once

#include "compress/coldness.h"
#include "compress/cpu_pace.h"
#include "compress/estimate.h"
#include "compress/page_meter.h"
#include "compress/page_reader.h"
#include "compress/population.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace memory_collector::compress {

inline constexpr std::size_t default_sampled_pages = 400;

struct SamplerOptions {
    std::vector<Setting> settings;
    std::size_t most_pages = default_sampled_pages; // of a process
    std::uint64_t seed = 1;
    ColdnessKind coldness = ColdnessKind::automatic;
    std::uint64_t cold_after_ns = 0;
    double cpu_share = 0.01; // of one CPU
};

struct SampledProcess {
    MemoryEstimate estimate;
    // Why there is nothing to say of it, if so.
    std::optional<std::string> not_sampled;
    ProcessMemory::Failure failure = ProcessMemory::Failure::none;
    // Counts of pages; the sample itself has gone.
    Population population;
    std::uint64_t chosen = 0;
    ReadCounts reads;
};

class Sampler {
public:
    // Throws Error if this machine cannot be sampled at all.
    Sampler(const SamplerOptions &options, Waiter &waiter);

    // Nothing if the waiter ended it meanwhile.
    std::optional<SampledProcess> sample(std::uint32_t pid);
    const std::vector<Setting> &settings() const { return meter_.settings(); }
    // Empty if coldness is measured.
    const std::string &why_no_coldness() const { return coldness_.why_not; }
    bool measures_coldness() const { return coldness_.source != nullptr; }

private:
    bool measure_coldness(const ProcessMemory &memory, SampledProcess &to);
    bool read_pages(const ProcessMemory &memory, SampledProcess &to);

    SamplerOptions options_;
    CpuPace pace_;
    PageMeter meter_;
    ZsmallocRules zsmalloc_;
    DeviceSet shmem_;
    std::uint64_t zero_frame_ = 0;
    ColdnessChoice coldness_;
};

} // namespace memory_collector::compress
