// SPDX-License-Identifier: GPL-2.0-only
#include "compress/policy_text.h"

#include "support/units.h"

#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <cmath>

namespace memory_collector::compress {

namespace {

std::string percent(double share)
{
    return fmt::format("{:.1f}%", share * 100);
}

std::string score_text(double score)
{
    return std::isfinite(score) ? fmt::format("{:.0f} bytes saved per ms of CPU", score)
                                : std::string{"infinite, it takes no time"};
}

std::string of_coldness(const MemoryEstimate &estimate)
{
    if (!estimate.cold_share)
        return "coldness is not known" +
               (estimate.coldness_source.empty() ? std::string{} : " (" + estimate.coldness_source + ")");
    return percent(estimate.cold_share->value) + " of it is cold";
}

const Assessment &assessment_of(const Decision &decision, const Setting &setting)
{
    return *std::find_if(decision.ranking.begin(), decision.ranking.end(),
                         [&setting](const Assessment &one) { return one.setting == setting; });
}

std::string of_zstd(const Decision &decision, const MemoryEstimate &estimate, const PolicyLimits &limits)
{
    Refusal refusal = Refusal::none;
    for (const Assessment &one : decision.ranking)
        if (one.setting.mode == Mode::zstd && one.refusal > refusal)
            refusal = one.refusal;
    switch (refusal) {
    case Refusal::coldness_unknown:
        return " zstd is left out: " + of_coldness(estimate) + ".";
    case Refusal::not_cold:
        return fmt::format(
            " zstd is left out: {}, and it is for memory of which at least {} is beyond doubt.",
            of_coldness(estimate), percent(limits.least_cold_share));
    case Refusal::not_dominant:
        if (decision.choice && decision.choice->mode == Mode::zstd)
            return "";
        return fmt::format(" zstd is left out: it does not save {} more than {} beyond doubt.",
                           percent(limits.least_savings), setting_name(baseline));
    default:
        return "";
    }
}

std::string of_choice(const Decision &decision, const MemoryEstimate &estimate, const PolicyLimits &limits)
{
    const Assessment &best = decision.ranking.front();
    std::string text = fmt::format(
        "Compress with {}: it saves {} ({} to {}), {} of {}, for {:.3g} ms of CPU to compress and {:.3g} ms "
        "to "
        "decompress once. Readback factor {:.2f}; score {}.",
        setting_name(best.setting), percent(best.savings.value), percent(best.savings.low),
        percent(best.savings.high), format_bytes(best.bytes_saved),
        format_bytes(static_cast<double>(estimate.resident_pages) * static_cast<double>(page_bytes)),
        best.compress_cpu_ms, best.decompress_cpu_ms, decision.readback_factor, score_text(best.score.value));
    if (decision.runner_up) {
        const Assessment &second = assessment_of(decision, *decision.runner_up);
        text += fmt::format(" Runner-up: {}, saves {}, score {}.", setting_name(second.setting),
                            percent(second.savings.value), score_text(second.score.value));
    }
    return text + of_zstd(decision, estimate, limits);
}

} // namespace

std::string explain(const Decision &decision, const MemoryEstimate &estimate, const PolicyLimits &limits)
{
    switch (decision.verdict) {
    case Verdict::compress:
        return of_choice(decision, estimate, limits);
    case Verdict::leave_few_samples:
        return fmt::format("Do not compress: {} pages were sampled, which says too little; {} is the least.",
                           estimate.sampled_pages, limits.least_pages);
    case Verdict::leave_little_savings: {
        const Assessment &best = decision.ranking.front();
        return fmt::format(
                   "Do not compress: nothing that may be used saves {}; closest comes {} with {} ({} to {}).",
                   percent(limits.least_savings), setting_name(best.setting), percent(best.savings.value),
                   percent(best.savings.low), percent(best.savings.high)) +
               of_zstd(decision, estimate, limits);
    }
    case Verdict::leave_not_measured:
        break;
    }
    return "Do not compress: no setting was measured.";
}

} // namespace memory_collector::compress
