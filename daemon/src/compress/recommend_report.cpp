// SPDX-License-Identifier: GPL-2.0-only
#include "compress/recommend_report.h"

#include "compress/policy.h"
#include "compress/sample_report.h"
#include "support/text.h"

#include <nlohmann/json.hpp>
#include <spdlog/fmt/fmt.h>

#include <cmath>

namespace memory_collector::compress {

namespace {

using Json = nlohmann::ordered_json;

Json number(double value)
{
    return std::isfinite(value) ? Json(value) : Json(nullptr);
}

Json name_of(const std::optional<Setting> &setting)
{
    return setting ? Json(setting_name(*setting)) : Json(nullptr);
}

Json assessment_json(const Assessment &one)
{
    Json json;
    json["setting"] = setting_name(one.setting);
    json["savings"] = number(one.savings.value);
    json["savings_low"] = number(one.savings.low);
    json["savings_high"] = number(one.savings.high);
    json["bytes_saved"] = number(one.bytes_saved);
    json["compress_cpu_ms"] = number(one.compress_cpu_ms);
    json["decompress_cpu_ms"] = number(one.decompress_cpu_ms);
    json["fair_score"] = number(one.score.value);
    json["refusal"] = refusal_name(one.refusal);
    return json;
}

std::string name_or_none(const std::optional<Setting> &setting)
{
    return setting ? setting_name(*setting) : "none";
}

} // namespace

std::string recommend_row(const SampledProcess &process)
{
    const MemoryEstimate &estimate = process.estimate;
    Json json;
    json["type"] = "compress_recommendation";
    json["pid"] = estimate.pid;
    json["start_time_ns"] = estimate.start_time_ns;
    json["comm"] = estimate.comm;
    json["not_sampled"] = process.not_sampled ? Json(*process.not_sampled) : Json(nullptr);
    json["resident_pages"] = estimate.resident_pages;
    json["sampled_pages"] = estimate.sampled_pages;
    json["cold_share"] = estimate.cold_share ? number(estimate.cold_share->value) : Json(nullptr);
    json["coldness_source"] = estimate.coldness_source;
    if (process.not_sampled) {
        for (const char *const unknown : {"verdict", "choice", "runner_up", "readback_factor", "explanation"})
            json[unknown] = nullptr;
        json["ranking"] = Json::array();
    } else {
        const Decision decision = decide(estimate);
        json["verdict"] = verdict_name(decision.verdict);
        json["choice"] = name_of(decision.choice);
        json["runner_up"] = name_of(decision.runner_up);
        json["readback_factor"] = number(decision.readback_factor);
        json["explanation"] = decision.explanation;
        json["ranking"] = Json::array();
        for (const Assessment &one : decision.ranking)
            json["ranking"].push_back(assessment_json(one));
    }
    return json.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
}

std::string recommend_table(const SampledProcess &process)
{
    if (process.not_sampled)
        return sample_table(process);
    const Decision decision = decide(process.estimate);
    std::string text =
        fmt::format("{} {}: ", process.estimate.pid, printable(process.estimate.comm)) +
        (decision.choice ? "compress with " + setting_name(*decision.choice) : "leave it as it is") +
        ", runner-up " + name_or_none(decision.runner_up) + "\n  " + decision.explanation + "\n";
    text += fmt::format("  {:<12} {:>8} {:>16} {:>16} {:>14}  {}\n", "SETTING", "SAVES", "COMPRESS CPU ms",
                        "READ BACK CPU ms", "BYTES/ms", "NOT USED FOR");
    for (const Assessment &one : decision.ranking)
        text += fmt::format("  {:<12} {:>7.1f}% {:>16.1f} {:>16.1f} {:>14.0f}  {}\n",
                            setting_name(one.setting), 100 * one.savings.value, one.compress_cpu_ms,
                            one.decompress_cpu_ms, one.score.value, refusal_name(one.refusal));
    return text;
}

} // namespace memory_collector::compress
