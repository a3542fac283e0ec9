// SPDX-License-Identifier: GPL-2.0-only
//
// What is known of how well a process's memory compresses: what the sampler
// finds out, and what the policy decides by. Sizes are of whole pages; times
// are of this thread's CPU, a page.
#pragma once

#include "compress/codec.h"
#include "compress/zram_forecast.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace memory_collector::compress {

// A page that becomes no shorter than this is counted as incompressible. zsmalloc gives a whole
// page only to what is longer still, by its classes (zsmalloc.cpp).
inline constexpr std::size_t incompressible_above = 2990;

// A mean of a sample, with its 95% confidence interval.
struct Mean {
    double value = 0;
    double low = 0;
    double high = 0;
};

// Of pages that are not same-filled: those cost no codec anything.
struct SettingEstimate {
    Setting setting;
    Mean ratio;         // compressed / input, each page at most 1
    Mean compress_ns;   // a page
    Mean decompress_ns; // a page
    // What all resident pages would take in a zram device of this codec and level, same-filled ones too.
    ZramUse zram{};
};

struct MemoryEstimate {
    std::uint32_t pid = 0;
    std::uint64_t start_time_ns = 0;
    std::string comm;
    std::uint64_t resident_pages = 0; // of its anonymous memory
    std::uint64_t sampled_pages = 0;
    Mean same_filled_share;    // of sampled pages: one word, repeated
    Mean incompressible_share; // of sampled pages, by the baseline
    // Share of resident pages that were not used for cold_after_ns, and how often a page is
    // read back a second: none if the kernel does not tell.
    std::optional<Mean> cold_share;
    std::optional<double> accesses_per_page_second;
    std::uint64_t cold_after_ns = 0;
    std::string coldness_source; // "idle page tracking", ...; why not, if there is none
    std::vector<SettingEstimate> settings;
};

} // namespace memory_collector::compress
