// SPDX-License-Identifier: GPL-2.0-only
#include "compress/policy.h"

#include "compress/policy_text.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <tuple>

namespace memory_collector::compress {

namespace {

bool usable(const Mean &mean)
{
    return std::isfinite(mean.value) && std::isfinite(mean.low) && std::isfinite(mean.high) &&
           mean.low >= 0 && mean.low <= mean.value && mean.value <= mean.high;
}

bool is_zstd(const Setting &setting)
{
    return setting.mode == Mode::zstd;
}

// Same-filled pages are saved whole, and cost no codec any time.
Assessment assess(const SettingEstimate &measured, const MemoryEstimate &estimate, double factor)
{
    Assessment result;
    result.setting = measured.setting;
    if (!usable(measured.ratio) || !usable(measured.compress_ns) || !usable(measured.decompress_ns) ||
        !usable(estimate.same_filled_share) || estimate.same_filled_share.high > 1) {
        result.refusal = Refusal::not_measured;
        return result;
    }
    const Mean &same = estimate.same_filled_share;
    const auto savings = [](double same_share, double ratio) {
        return same_share + (1 - same_share) * (1 - ratio);
    };
    result.savings = {savings(same.value, measured.ratio.value), savings(same.low, measured.ratio.high),
                      savings(same.high, measured.ratio.low)};
    const double bytes = static_cast<double>(estimate.resident_pages) * static_cast<double>(page_bytes);
    const double pages = static_cast<double>(estimate.resident_pages) * (1 - same.value);
    const auto ms = [pages](double ns) { return pages * ns / 1e6; };
    result.bytes_saved = bytes * result.savings.value;
    result.compress_cpu_ms = ms(measured.compress_ns.value);
    result.decompress_cpu_ms = ms(measured.decompress_ns.value);
    // The share of same-filled pages is the same for all settings that are compared: no doubt from there.
    result.score = {fair_score(result.bytes_saved, result.compress_cpu_ms, result.decompress_cpu_ms, factor),
                    fair_score(bytes * savings(same.value, measured.ratio.high),
                               ms(measured.compress_ns.high), ms(measured.decompress_ns.high), factor),
                    fair_score(bytes * savings(same.value, measured.ratio.low), ms(measured.compress_ns.low),
                               ms(measured.decompress_ns.low), factor)};
    return result;
}

// What all settings are held against: the baseline, if it has figures.
struct Reference {
    const SettingEstimate *measured = nullptr;
    const Assessment *assessed = nullptr;
};

Refusal zstd_refusal(const SettingEstimate &measured, const MemoryEstimate &estimate,
                     const Reference &reference, const PolicyLimits &limits)
{
    if (!estimate.cold_share || !usable(*estimate.cold_share))
        return Refusal::coldness_unknown;
    if (estimate.cold_share->low < limits.least_cold_share)
        return Refusal::not_cold;
    if (reference.assessed == nullptr)
        return Refusal::not_dominant;
    // Where the baseline is not worth its while there is nothing to dominate.
    if (reference.assessed->refusal != Refusal::none)
        return Refusal::none;
    const double gain =
        (1 - estimate.same_filled_share.value) * (reference.measured->ratio.value - measured.ratio.value);
    return measured.ratio.high < reference.measured->ratio.low && gain >= limits.least_savings
               ? Refusal::none
               : Refusal::not_dominant;
}

// Better settings have a higher rank; within a rank the score decides, what is saved if none may be used.
enum class Rank { unmeasured, forbidden, useless, usable, is_baseline, beats_baseline, dominates };

Rank rank_of(const Assessment &one, const Assessment *of_baseline)
{
    switch (one.refusal) {
    case Refusal::none:
        break;
    case Refusal::not_measured:
        return Rank::unmeasured;
    case Refusal::little_savings:
        return Rank::useless;
    default:
        return Rank::forbidden;
    }
    if (is_zstd(one.setting))
        return Rank::dominates;
    if (of_baseline == nullptr || of_baseline->refusal != Refusal::none)
        return Rank::usable;
    if (one.setting == baseline)
        return Rank::is_baseline;
    // Only what is better beyond doubt takes the baseline's place.
    return one.score.low > of_baseline->score.high ? Rank::beats_baseline : Rank::usable;
}

// Order within a rank. Of two that are equal: what saves more, what takes less time, then as in
// all_settings().
auto key_of(const Assessment &one)
{
    return std::tuple{one.refusal == Refusal::none ? -one.score.value : 0.0, -one.bytes_saved,
                      one.compress_cpu_ms + one.decompress_cpu_ms, one.setting.mode, one.setting.level};
}

} // namespace

double readback_factor(const MemoryEstimate &estimate, const PolicyLimits &limits)
{
    const auto &rate = estimate.accesses_per_page_second;
    if (rate && std::isfinite(*rate) && *rate >= 0)
        return 1 + *rate * limits.horizon_s;
    if (estimate.cold_share && usable(*estimate.cold_share) && estimate.cold_after_ns != 0)
        // What is not cold was used once in that time, if not oftener.
        return 1 + (1 - std::min(estimate.cold_share->value, 1.0)) * limits.horizon_s /
                       (static_cast<double>(estimate.cold_after_ns) / 1e9);
    return 2;
}

double fair_score(double bytes_saved, double compress_cpu_ms, double decompress_cpu_ms,
                  double readback_factor)
{
    if (!(bytes_saved > 0))
        return 0;
    const double cost = compress_cpu_ms + readback_factor * decompress_cpu_ms;
    return cost > 0 ? bytes_saved / cost : std::numeric_limits<double>::infinity();
}

Decision decide(const MemoryEstimate &estimate, const PolicyLimits &limits)
{
    Decision decision;
    decision.readback_factor = readback_factor(estimate, limits);
    const auto savings_refusal = [&limits](const Assessment &one) {
        return one.savings.value >= limits.least_savings ? Refusal::none : Refusal::little_savings;
    };

    Reference reference;
    Assessment assessed_baseline;
    for (const SettingEstimate &measured : estimate.settings) {
        if (measured.setting != baseline)
            continue;
        assessed_baseline = assess(measured, estimate, decision.readback_factor);
        if (assessed_baseline.refusal == Refusal::not_measured)
            continue;
        assessed_baseline.refusal = savings_refusal(assessed_baseline);
        reference = {&measured, &assessed_baseline};
    }
    for (const SettingEstimate &measured : estimate.settings) {
        Assessment one = assess(measured, estimate, decision.readback_factor);
        if (one.refusal == Refusal::none)
            one.refusal = savings_refusal(one);
        if (one.refusal == Refusal::none && is_zstd(one.setting))
            one.refusal = zstd_refusal(measured, estimate, reference, limits);
        decision.ranking.push_back(one);
    }
    std::sort(decision.ranking.begin(), decision.ranking.end(),
              [&](const Assessment &a, const Assessment &b) {
                  const Rank rank_a = rank_of(a, reference.assessed);
                  const Rank rank_b = rank_of(b, reference.assessed);
                  return rank_a != rank_b ? rank_a > rank_b : key_of(a) < key_of(b);
              });

    const std::vector<Assessment> &ranking = decision.ranking;
    if (estimate.sampled_pages < limits.least_pages) {
        decision.verdict = Verdict::leave_few_samples;
    } else if (ranking.empty() || ranking.front().refusal == Refusal::not_measured) {
        decision.verdict = Verdict::leave_not_measured;
    } else if (ranking.front().refusal != Refusal::none) {
        decision.verdict = Verdict::leave_little_savings;
        decision.runner_up = ranking.front().setting;
    } else {
        decision.verdict = Verdict::compress;
        decision.choice = ranking.front().setting;
        if (ranking.size() > 1 && ranking[1].refusal == Refusal::none)
            decision.runner_up = ranking[1].setting;
    }
    decision.explanation = explain(decision, estimate, limits);
    return decision;
}

std::string_view verdict_name(Verdict verdict)
{
    switch (verdict) {
    case Verdict::compress:
        return "compress";
    case Verdict::leave_few_samples:
        return "leave_few_samples";
    case Verdict::leave_little_savings:
        return "leave_little_savings";
    case Verdict::leave_not_measured:
        break;
    }
    return "leave_not_measured";
}

std::string_view refusal_name(Refusal refusal)
{
    switch (refusal) {
    case Refusal::none:
        break;
    case Refusal::not_measured:
        return "not_measured";
    case Refusal::little_savings:
        return "little_savings";
    case Refusal::coldness_unknown:
        return "coldness_unknown";
    case Refusal::not_cold:
        return "not_cold";
    case Refusal::not_dominant:
        return "not_dominant";
    }
    return "";
}

} // namespace memory_collector::compress
