// SPDX-License-Identifier: GPL-2.0-only
//
// The rows of `oom`, with their columns in their fixed order.
#pragma once

#include "model/rows.h"
#include "oom/engine.h"
#include "sink/json_line.h"

#include <string>
#include <string_view>

namespace memory_collector::oom {

inline constexpr std::string_view host_name = "host";

inline Text target_name(const Target &target)
{
    return target.kind == TargetKind::host ? host_name : std::string_view{target.path};
}

// Which place, at which time.
template <typename Visit> void target_columns(std::uint64_t time_ns, const Target &target, Visit &&visit)
{
    visit("time_ns", time_ns);
    visit("target", target_name(target));
    visit("kind", Text{target_kind_name(target.kind)});
    visit("id", std::uint64_t{target.id});
}

template <typename Visit> void suspect_columns(const Suspects &suspects, Visit &&visit)
{
    const auto &victim = suspects.victim;
    const auto &culprit = suspects.culprit;
    visit("victim_pid", victim ? Number{victim->pid} : Number{});
    visit("victim_comm", victim ? Text{victim->name()} : Text{});
    visit("culprit_pid", culprit ? Number{culprit->pid} : Number{});
    visit("culprit_comm", culprit ? Text{culprit->name()} : Text{});
    visit("culprit_growth_bytes", culprit ? Number{culprit->growth} : Number{});
}

// Of oom_forecast; an oom_alert has more behind them.
template <typename Visit> void columns(const Assessment &row, std::string_view model, Visit &&visit)
{
    target_columns(row.time_ns, row.target, visit);
    visit("limit_bytes", row.signals.get(Signal::limit));
    visit("usage_bytes", row.signals.get(Signal::usage));
    visit("danger_bytes", danger_bytes(row.signals));
    visit("swap_bytes", row.signals.get(Signal::swap));
    visit("room_bytes", Number{static_cast<std::uint64_t>(row.room_bytes)});
    const bool enough = row.features.has_value();
    visit("growth_bytes_per_s",
          enough ? Signed{static_cast<std::int64_t>(row.growth_bytes_per_s)} : Signed{});
    const auto real = [enough](double value) { return enough ? Real{value} : Real{}; };
    visit("probability_1s", real(row.forecast.probability[0]));
    visit("probability_5s", real(row.forecast.probability[1]));
    visit("probability_10s", real(row.forecast.probability[2]));
    visit("probability_30s", real(row.forecast.probability[3]));
    // Never is null.
    visit("expected_s", real(row.forecast.expected_s));
    visit("expected_low_s", real(row.forecast.low_s));
    visit("expected_high_s", real(row.forecast.high_s));
    suspect_columns(row.suspects, visit);
    visit("model", Text{model});
    visit("note", enough ? Text{} : Text{"insufficient history"});
}

} // namespace memory_collector::oom
