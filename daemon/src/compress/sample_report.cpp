// SPDX-License-Identifier: GPL-2.0-only
#include "compress/sample_report.h"

#include "support/text.h"
#include "support/units.h"

#include <nlohmann/json.hpp>
#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <cmath>

namespace memory_collector::compress {

namespace {

using Json = nlohmann::ordered_json;

Json number(double value)
{
    return std::isfinite(value) ? Json(value) : Json(nullptr);
}

void add_mean(Json &to, const std::string &name, const std::optional<Mean> &mean)
{
    to[name] = mean ? number(mean->value) : Json(nullptr);
    to[name + "_low"] = mean ? number(mean->low) : Json(nullptr);
    to[name + "_high"] = mean ? number(mean->high) : Json(nullptr);
}

Json setting_json(const SettingEstimate &estimate)
{
    Json json;
    json["codec"] = codec_name(estimate.setting.mode);
    json["mode"] = mode_name(estimate.setting.mode);
    json["level"] = estimate.setting.level;
    add_mean(json, "ratio", estimate.ratio);
    add_mean(json, "compress_ns", estimate.compress_ns);
    add_mean(json, "decompress_ns", estimate.decompress_ns);
    json["zram_compressed_bytes"] = estimate.zram.compr_data_size;
    json["zram_stored_bytes"] = estimate.zram.mem_used_total;
    return json;
}

std::string percent(const Mean &share)
{
    return fmt::format("{:.1f}% ({:.1f}-{:.1f})", 100 * share.value, 100 * share.low, 100 * share.high);
}

std::string microseconds(const Mean &time)
{
    if (!std::isfinite(time.high))
        return fmt::format("{:.2f}", time.value / 1000);
    return fmt::format("{:.2f} ({:.2f}-{:.2f})", time.value / 1000, time.low / 1000, time.high / 1000);
}

} // namespace

std::string sample_row(const SampledProcess &process)
{
    const MemoryEstimate &estimate = process.estimate;
    const Population &population = process.population;
    const bool looked_at = process.chosen != 0;
    const bool sampled = estimate.sampled_pages != 0;
    const auto count = [](bool known, std::uint64_t value) { return known ? Json(value) : Json(nullptr); };
    Json json;
    json["type"] = "compress_sample";
    json["pid"] = estimate.pid;
    json["start_time_ns"] = count(estimate.start_time_ns != 0, estimate.start_time_ns);
    json["comm"] = estimate.comm;
    json["not_sampled"] = process.not_sampled ? Json(*process.not_sampled) : Json(nullptr);
    json["resident_pages"] = count(looked_at, population.pages());
    json["anonymous_pages"] = count(looked_at, population.anonymous_pages);
    json["shmem_pages"] = count(looked_at, population.shmem_pages);
    json["swapped_pages"] = count(looked_at, population.swapped_pages);
    json["locked_pages"] = count(looked_at, population.locked_pages);
    json["special_pages"] = count(looked_at, population.special_pages);
    json["unseen_pages"] = count(looked_at, population.unseen_pages);
    json["chosen_pages"] = count(looked_at, process.chosen);
    json["sampled_pages"] = estimate.sampled_pages;
    json["gone_pages"] = count(looked_at, process.reads.gone);
    json["replaced_pages"] = count(looked_at, process.reads.replaced);
    json["unreadable_pages"] = count(looked_at, process.reads.unreadable);
    const auto known = [&](const Mean &mean) { return sampled ? std::optional{mean} : std::nullopt; };
    add_mean(json, "same_filled_share", known(estimate.same_filled_share));
    add_mean(json, "incompressible_share", known(estimate.incompressible_share));
    add_mean(json, "cold_share", estimate.cold_share);
    json["accesses_per_page_second"] =
        estimate.accesses_per_page_second ? number(*estimate.accesses_per_page_second) : Json(nullptr);
    json["cold_after_ns"] = count(estimate.cold_share.has_value(), estimate.cold_after_ns);
    json["coldness_source"] = estimate.coldness_source;
    json["settings"] = Json::array();
    for (const SettingEstimate &setting : estimate.settings)
        json["settings"].push_back(setting_json(setting));
    return json.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
}

std::string sample_table(const SampledProcess &process)
{
    const MemoryEstimate &estimate = process.estimate;
    std::string text = fmt::format("{} {}: ", estimate.pid, printable(estimate.comm));
    if (process.not_sampled)
        return text + "not sampled: " + *process.not_sampled + "\n";
    text += fmt::format("{} that could be swapped, of it {} shared; {} of {} pages sampled\n",
                        format_bytes(estimate.resident_pages * page_bytes),
                        format_bytes(process.population.shmem_pages * page_bytes), estimate.sampled_pages,
                        estimate.resident_pages);
    if (const std::uint64_t lost = process.reads.all() - process.reads.read; lost != 0)
        text += fmt::format("  {} pages more were chosen: {} gone, {} replaced, {} not readable\n", lost,
                            process.reads.gone, process.reads.replaced, process.reads.unreadable);
    if (process.population.unseen_pages != 0)
        text += fmt::format("  {} pages more lie in mappings too large to be looked at on this kernel\n",
                            process.population.unseen_pages);
    text += fmt::format("  same-filled {}, incompressible {}, ", percent(estimate.same_filled_share),
                        percent(estimate.incompressible_share));
    if (estimate.cold_share)
        text +=
            fmt::format("not used for {:.1f} s {} ({})\n", static_cast<double>(estimate.cold_after_ns) / 1e9,
                        percent(*estimate.cold_share), estimate.coldness_source);
    else
        text += "coldness not known: " + estimate.coldness_source + "\n";
    if (estimate.settings.empty())
        return text;
    text += fmt::format("  {:<12} {:<22} {:<24} {:<24} {}\n", "SETTING", "COMPRESSED/INPUT",
                        "COMPRESS us/page", "DECOMPRESS us/page", "ALL IN ZRAM");
    for (const SettingEstimate &setting : estimate.settings)
        text += fmt::format(
            "  {:<12} {:<22} {:<24} {:<24} {}\n", setting_name(setting.setting),
            fmt::format("{:.3f} ({:.3f}-{:.3f})", setting.ratio.value, setting.ratio.low, setting.ratio.high),
            microseconds(setting.compress_ns), microseconds(setting.decompress_ns),
            format_bytes(setting.zram.mem_used_total));
    return text;
}

} // namespace memory_collector::compress
