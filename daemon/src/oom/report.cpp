// SPDX-License-Identifier: GPL-2.0-only
#include "oom/report.h"

#include "oom/report_table.h"
#include "oom/rows.h"
#include "sink/json_line.h"
#include "support/text.h"

#include <array>
#include <charconv>

namespace memory_collector::oom {

Report::Report(Output &output, const ReportSettings &settings, AlertHook hook)
    : output_(output), settings_(settings), hook_(std::move(hook)),
      alerts_(settings.alert_above, settings.refractory_ns)
{
    if (settings_.format != Format::features)
        return;
    line_ = R"({"type":"oom_feature_names","names":[)";
    for (const std::string_view name : feature_names) {
        line_ += line_.back() == '[' ? "\"" : ",\"";
        line_ += name;
        line_ += '"';
    }
    line_ += "]}\n";
    output_.row(line_);
}

void Report::begin_trace(const std::string &path)
{
    alerts_ = Alerts{settings_.alert_above, settings_.refractory_ns};
    round_.clear();
    next_ns_.reset();
    first_ns_ = 0;
    if (settings_.format == Format::table) {
        output_.row("\nrecording " + printable(path) + "\n");
        return;
    }
    line_.clear();
    JsonLine row{line_, "oom_trace"};
    row("path", Text{path});
    row.end();
    output_.row(line_);
}

bool Report::report_is_due(std::uint64_t time_ns)
{
    if (!next_ns_) {
        first_ns_ = time_ns;
        next_ns_ = time_ns + settings_.every_ns;
    }
    // Rounds are not on the dot.
    if (time_ns + settings_.interval_ns / 2 < *next_ns_)
        return false;
    *next_ns_ += settings_.every_ns;
    // After a pause there is one report, not all that were missed.
    if (*next_ns_ < time_ns)
        *next_ns_ = time_ns + settings_.every_ns;
    return true;
}

void Report::assessed(const Assessment &assessment)
{
    if (assessment.features &&
        alerts_.due(assessment.time_ns, assessment.target.id,
                    assessment.forecast.probability.at(settings_.horizon)) &&
        settings_.format != Format::features)
        alert(assessment);
    if (settings_.format == Format::features)
        write_features(assessment);
    else
        round_.push_back(assessment);
}

void Report::alert(const Assessment &assessment)
{
    line_.clear();
    if (settings_.format == Format::table) {
        append_alert(line_, assessment, settings_.horizon);
    } else {
        JsonLine row{line_, "oom_alert"};
        columns(assessment, settings_.model, row);
        row("horizon_s", Real{horizons_s.at(settings_.horizon)});
        row("above", Real{settings_.alert_above});
        row.end();
    }
    at_once();
    if (hook_)
        hook_(assessment);
}

void Report::kills(const Assessment &assessment, std::uint64_t count)
{
    line_.clear();
    if (settings_.format == Format::table) {
        line_ = "KILLED in " + printable(*target_name(assessment.target)) + ": " + std::to_string(count) +
                (count == 1 ? " process\n" : " processes\n");
    } else {
        JsonLine row{line_, "oom_kill"};
        target_columns(assessment.time_ns, assessment.target, row);
        row("kills", count);
        row.end();
    }
    at_once();
}

void Report::named(std::uint64_t time_ns, const Assessment *assessment, const Victim &victim)
{
    line_.clear();
    if (settings_.format == Format::table) {
        line_ = "KILLED " + std::to_string(victim.pid) + " " + printable(victim.comm) + "\n";
    } else {
        JsonLine row{line_, "oom_victim"};
        row("time_ns", time_ns);
        row("target", assessment != nullptr ? target_name(assessment->target) : Text{});
        row("id", std::uint64_t{victim.target});
        row("pid", std::uint64_t{victim.pid});
        row("comm", Text{victim.comm});
        row.end();
    }
    at_once();
}

void Report::at_once()
{
    output_.row(line_);
    output_.flush();
}

void Report::forgotten(TargetId target)
{
    alerts_.forget(target);
}

void Report::write_features(const Assessment &assessment)
{
    if (!assessment.features)
        return;
    line_.clear();
    JsonLine row{line_, "oom_features"};
    row("time_ns", assessment.time_ns);
    row("target", target_name(assessment.target));
    row("id", std::uint64_t{assessment.target.id});
    line_ += R"(,"features":[)";
    for (const float value : assessment.features->all()) {
        std::array<char, 32> digits{};
        if (line_.back() != '[')
            line_ += ',';
        line_.append(digits.data(), std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr);
    }
    line_ += ']';
    row.end();
    output_.row(line_);
}

void Report::round_ended(std::uint64_t time_ns)
{
    const bool due = report_is_due(time_ns);
    if (due && settings_.format == Format::table) {
        line_.clear();
        append_table(line_, round_, time_ns - first_ns_);
        output_.row(line_);
    } else if (due && settings_.format == Format::jsonl) {
        for (const Assessment &assessment : round_) {
            line_.clear();
            JsonLine row{line_, "oom_forecast"};
            columns(assessment, settings_.model, row);
            row.end();
            output_.row(line_);
        }
    }
    if (due)
        output_.flush();
    round_.clear();
}

} // namespace memory_collector::oom
