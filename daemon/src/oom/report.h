// SPDX-License-Identifier: GPL-2.0-only
//
// What `oom` writes: forecasts now and then, alerts and kills at once.
#pragma once

#include "oom/alerts.h"
#include "oom/engine.h"
#include "sink/output.h"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace memory_collector::oom {

struct ReportSettings {
    // features: what models see, at every sample, instead of forecasts.
    enum class Format : std::uint8_t { table, jsonl, features };
    Format format = Format::table;
    std::uint64_t every_ns = 0;
    std::uint64_t interval_ns = 0;
    double alert_above = default_alert_above;
    std::size_t horizon = 2; // of horizons_s
    std::uint64_t refractory_ns = 0;
    std::string_view model;
};

class Report : public Listener {
public:
    using AlertHook = std::function<void(const Assessment &)>;

    Report(Output &output, const ReportSettings &settings, AlertHook hook = {});

    // What follows is of this recording.
    void begin_trace(const std::string &path);

    void assessed(const Assessment &assessment) override;
    void kills(const Assessment &assessment, std::uint64_t count) override;
    void named(std::uint64_t time_ns, const Assessment *assessment, const Victim &victim) override;
    void forgotten(TargetId target) override;
    void round_ended(std::uint64_t time_ns) override;

private:
    using Format = ReportSettings::Format;

    void alert(const Assessment &assessment);
    void write_features(const Assessment &assessment);
    void write_table(std::uint64_t time_ns);
    bool report_is_due(std::uint64_t time_ns);
    void at_once();

    Output &output_;
    ReportSettings settings_;
    AlertHook hook_;
    Alerts alerts_;
    // Of this round.
    std::vector<Assessment> round_;
    std::optional<std::uint64_t> next_ns_;
    std::uint64_t first_ns_ = 0;
    std::string line_;
};

} // namespace memory_collector::oom
