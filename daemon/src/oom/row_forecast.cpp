// SPDX-License-Identifier: GPL-2.0-only
#include "oom/row_forecast.h"

#include "oom/alerts.h"
#include "oom/model_file.h"
#include "oom/sampler.h"

#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <limits>

namespace memory_collector::oom {

namespace {

constexpr std::size_t within_10s = OomOutlook::within_10s;
static_assert(horizons_s[within_10s] == 10 && OomOutlook::names.size() == horizons_s.size());

// "" above "/".
std::string_view parent(std::string_view path)
{
    const std::size_t slash = path.rfind('/');
    if (slash == std::string_view::npos || path.size() == 1)
        return {};
    return path.substr(0, std::max<std::size_t>(slash, 1));
}

} // namespace

void Outlooks::round_ended(std::uint64_t)
{
    places_.clear();
    engine_.each([this](const Assessment &place) { places_.emplace(place.target.path, &place); });
}

Outlooks::Outlook Outlooks::of(std::string_view memory_cgroup) const
{
    Outlook outlook;
    double greatest = -1;
    double soonest = Forecast::never;
    // With the host's at last: its path is empty.
    for (std::string_view path = memory_cgroup;; path = parent(path)) {
        const auto at = places_.find(path);
        if (at != places_.end()) {
            const Assessment &place = *at->second;
            if (!place.features)
                return {};
            for (std::size_t i = 0; i < horizons_s.size(); i++) {
                Real &within = outlook.columns.within.at(i);
                within = std::max(within.value_or(0), place.forecast.probability.at(i));
            }
            soonest = std::min(soonest, place.forecast.expected_s);
            if (place.forecast.probability.at(within_10s) > greatest) {
                greatest = place.forecast.probability.at(within_10s);
                outlook.suspects = &place.suspects;
            }
        }
        if (path.empty())
            break;
    }
    if (soonest != Forecast::never)
        outlook.columns.expected_s = soonest;
    return outlook;
}

struct RowForecast::Watch {
    std::unique_ptr<Model> model = load_model(builtin_model_text, "built in", "");
    Outlooks outlooks{EngineOptions{default_interval_ns, static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE))},
                      *model};
    Sampler sampler{SamplerOptions{}, outlooks.observer()};
};

RowForecast::RowForecast(Sink &next) : next_(next) {}
RowForecast::~RowForecast() = default;

void RowForecast::switch_on(bool on)
{
    if (on == static_cast<bool>(watch_))
        return;
    watch_ = on ? std::make_unique<Watch>() : nullptr;
    due_ns_ = 0;
}

std::uint64_t RowForecast::round(std::uint64_t now_ns)
{
    if (!watch_)
        return std::numeric_limits<std::uint64_t>::max();
    if (now_ns >= due_ns_) {
        watch_->sampler.round(now_ns);
        // Samples that are too late are left out.
        due_ns_ = (now_ns / default_interval_ns + 1) * default_interval_ns;
    }
    return due_ns_;
}

void RowForecast::process(const ProcessRow &row)
{
    // Of a whole life there is no outlook.
    if (!watch_ || row.type != RowType::process || !row.memory_cgroup) {
        next_.process(row);
        return;
    }
    const Outlooks::Outlook outlook = watch_->outlooks.of(*row.memory_cgroup);
    row_ = row;
    row_.oom = outlook.columns;
    if (outlook.columns.within.at(within_10s).value_or(0) >= default_alert_above) {
        if (const auto &victim = outlook.suspects->victim; victim && victim->pid == row.pid)
            row_.flags.push_back("oom_victim");
        if (const auto &culprit = outlook.suspects->culprit; culprit && culprit->pid == row.pid)
            row_.flags.push_back("oom_culprit");
    }
    next_.process(row_);
}

} // namespace memory_collector::oom
