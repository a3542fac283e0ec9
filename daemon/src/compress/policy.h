// SPDX-License-Identifier: GPL-2.0-only
//
// Whether a process's memory is worth compressing, and with what
// (docs/compression.md has the rules and why). Pure functions of an estimate.
#pragma once

#include "compress/estimate.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace memory_collector::compress {

struct PolicyLimits {
    double least_savings = 0.05;    // share of the memory
    double least_cold_share = 0.8;  // for zstd: by the interval's lower end
    std::uint64_t least_pages = 30; // that were sampled
    // How long a page is taken to stay compressed if nobody wants it.
    double horizon_s = 60;
};

// Why a setting is not to be used.
enum class Refusal {
    none,
    not_measured,     // a ratio or time that is no number, or below zero
    little_savings,   // less than least_savings
    coldness_unknown, // zstd
    not_cold,         // zstd
    not_dominant,     // zstd: no significantly better ratio than the baseline's
};

struct Assessment {
    Setting setting;
    Mean savings;           // share of all pages, same-filled ones included
    double bytes_saved = 0; // of all resident memory, as are the times; negative: it would grow
    double compress_cpu_ms = 0;
    double decompress_cpu_ms = 0; // each page once
    Mean score;                   // bytes saved per ms; infinite if it saves and costs no time
    Refusal refusal = Refusal::none;
};

enum class Verdict {
    compress,
    leave_few_samples,
    leave_little_savings, // no setting saves enough, or none that does may be used
    leave_not_measured,   // there is no setting with figures
};

struct Decision {
    Verdict verdict = Verdict::leave_not_measured;
    std::optional<Setting> choice; // with Verdict::compress
    // The next best that may be used; if nothing is compressed, what came closest.
    std::optional<Setting> runner_up;
    double readback_factor = 1;
    std::vector<Assessment>
        ranking; // of all settings, best first: the order of settings in the estimate is no matter
    std::string explanation; // some sentences
};

// How often a page is decompressed for each time it is compressed: 1 for cold memory, and one more
// for each access within the horizon. By the access rate; else by the cold share; else as if every
// page were used once.
double readback_factor(const MemoryEstimate &estimate, const PolicyLimits &limits = {});

// bytes_saved / (compress_cpu_ms + readback_factor * decompress_cpu_ms); 0 if nothing is saved,
// infinite if something is and takes no time.
double fair_score(double bytes_saved, double compress_cpu_ms, double decompress_cpu_ms,
                  double readback_factor);

Decision decide(const MemoryEstimate &estimate, const PolicyLimits &limits = {});

std::string_view verdict_name(Verdict verdict); // for programs: "compress", "leave_few_samples", ...
std::string_view refusal_name(Refusal refusal); // for programs: "", "little_savings", ...

} // namespace memory_collector::compress
