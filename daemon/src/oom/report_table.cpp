// SPDX-License-Identifier: GPL-2.0-only
#include "oom/report_table.h"

#include "oom/rows.h"
#include "support/text.h"
#include "support/units.h"

#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <cmath>
#include <iterator>
#include <vector>

namespace memory_collector::oom {

namespace {

constexpr std::size_t most_lines = 20;
constexpr std::size_t target_width = 40;

// The end of a path tells more than its beginning.
std::string shortened(std::string text)
{
    const std::size_t width = columns_of(text);
    if (width <= target_width)
        return text + std::string(target_width - width, ' ');
    std::size_t cut = text.size() - (target_width - 3);
    // Not within a character.
    while (cut < text.size() && (static_cast<unsigned char>(text[cut]) & 0xC0) == 0x80)
        cut++;
    text = "..." + text.substr(cut);
    return text + std::string(target_width - std::min(target_width, columns_of(text)), ' ');
}

std::string bytes(std::optional<std::uint64_t> value)
{
    return value ? format_bytes(*value) : "-";
}

std::string time_to_kill(const Forecast &forecast)
{
    if (!std::isfinite(forecast.expected_s))
        return "-";
    if (!std::isfinite(forecast.high_s))
        return fmt::format("{:.1f} s (from {:.1f})", forecast.expected_s, forecast.low_s);
    return fmt::format("{:.1f} s ({:.1f} to {:.1f})", forecast.expected_s, forecast.low_s, forecast.high_s);
}

std::string suspect(const std::optional<Suspect> &who)
{
    return who ? fmt::format("{} {}", who->pid, printable(who->name())) : "-";
}

} // namespace

void append_table(std::string &to, std::span<const Assessment> assessments, std::uint64_t since_start_ns)
{
    std::vector<const Assessment *> lines;
    for (const Assessment &assessment : assessments)
        lines.push_back(&assessment);
    std::stable_sort(lines.begin(), lines.end(), [](const Assessment *a, const Assessment *b) {
        return a->forecast.probability[2] > b->forecast.probability[2];
    });
    auto out = std::back_inserter(to);
    fmt::format_to(out, "\nat {:.1f} s\n", static_cast<double>(since_start_ns) / 1e9);
    fmt::format_to(out, "{:<{}}{:>10}{:>10}{:>12}{:>6}{:>6}{:>6}{:>6}  {:<24}{:<24}{}\n", "TARGET",
                   target_width, "LIMIT", "DANGER", "GROWTH/S", "1 s", "5 s", "10 s", "30 s", "EXPECTED",
                   "VICTIM", "CULPRIT");
    std::size_t shown = 0;
    for (const Assessment *line : lines) {
        if (shown++ == most_lines)
            break;
        fmt::format_to(out, "{}{:>10}{:>10}", shortened(printable(*target_name(line->target))),
                       bytes(line->signals.get(Signal::limit)), bytes(danger_bytes(line->signals)));
        if (!line->features) {
            to += "  insufficient history\n";
            continue;
        }
        fmt::format_to(out, "{:>12}", format_bytes(line->growth_bytes_per_s));
        for (const double probability : line->forecast.probability)
            fmt::format_to(out, "{:>5.0f}%", 100 * probability);
        fmt::format_to(out, "  {:<24}{:<24}{}\n", time_to_kill(line->forecast),
                       suspect(line->suspects.victim), suspect(line->suspects.culprit));
    }
    if (lines.size() > most_lines)
        fmt::format_to(out, "and {} more that are less likely\n", lines.size() - most_lines);
}

void append_alert(std::string &to, const Assessment &assessment, std::size_t horizon)
{
    fmt::format_to(
        std::back_inserter(to),
        "ALERT {}: killed within {:.0f} s with a probability of {:.0f}%, expected in {}; victim {}, "
        "culprit {}\n",
        printable(*target_name(assessment.target)), horizons_s.at(horizon),
        100 * assessment.forecast.probability.at(horizon), time_to_kill(assessment.forecast),
        suspect(assessment.suspects.victim), suspect(assessment.suspects.culprit));
}

} // namespace memory_collector::oom
