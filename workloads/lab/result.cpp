// SPDX-License-Identifier: GPL-2.0-only
#include "lab/result.h"

#include "support/clock.h"
#include "support/units.h"

#include <spdlog/fmt/fmt.h>

#include <sys/time.h>

#include <array>

namespace memory_collector::lab {

namespace {

using Json = nlohmann::json;

struct Name {
    const char *name;
    Counts::Counter Counts::*counter;
};

constexpr std::array names{
    Name{"operations", &Counts::operations},
    Name{"forks", &Counts::forks},
    Name{"fork_failures", &Counts::fork_failures},
    Name{"execs", &Counts::execs},
    Name{"exec_failures", &Counts::exec_failures},
    Name{"children_reaped", &Counts::children_reaped},
    Name{"children_failed", &Counts::children_failed},
    Name{"children_cut_off", &Counts::children_cut_off},
    Name{"maps", &Counts::maps},
    Name{"passes", &Counts::passes},
    Name{"pages_written", &Counts::pages_written},
    Name{"pages_touched", &Counts::pages_touched},
    Name{"hot_touches", &Counts::hot_touches},
    Name{"cold_touches", &Counts::cold_touches},
    Name{"held_bytes", &Counts::held_bytes},
    Name{"most_held_bytes", &Counts::most_held_bytes},
    Name{"measured_bytes", &Counts::measured_bytes},
    Name{"compressed_bytes", &Counts::compressed_bytes},
};

double seconds(timeval time)
{
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) * 1e-6;
}

void add(rusage &sum, const rusage &one)
{
    timeradd(&sum.ru_utime, &one.ru_utime, &sum.ru_utime);
    timeradd(&sum.ru_stime, &one.ru_stime, &sum.ru_stime);
    sum.ru_minflt += one.ru_minflt;
    sum.ru_majflt += one.ru_majflt;
}

Json usage_json(const rusage &usage)
{
    return {{"min_flt", usage.ru_minflt},
            {"maj_flt", usage.ru_majflt},
            {"user_s", seconds(usage.ru_utime)},
            {"system_s", seconds(usage.ru_stime)}};
}

Json lateness_json(const Histogram &lateness)
{
    if (lateness.count() == 0)
        return nullptr;
    const auto us = [](std::uint64_t ns) { return static_cast<double>(ns) / 1000; };
    return {{"count", lateness.count()},
            {"p50", us(lateness.quantile(0.5))},
            {"p90", us(lateness.quantile(0.9))},
            {"p99", us(lateness.quantile(0.99))},
            {"max", us(lateness.most())}};
}

Json goal_json(const Goal &goal, std::uint64_t elapsed_ns)
{
    const double elapsed = static_cast<double>(elapsed_ns) / static_cast<double>(ns_per_s);
    return {{"unit", goal.unit},
            {"planned", goal.planned},
            {"done", goal.done},
            {"planned_per_s", goal.per_second > 0 ? Json(goal.per_second) : Json(nullptr)},
            {"achieved_per_s", elapsed > 0 ? Json(goal.done / elapsed) : Json(nullptr)},
            {"share", goal.planned > 0 ? Json(goal.done / goal.planned) : Json(nullptr)}};
}

bool is_reached(const Goal &goal)
{
    return goal.done >= goal.planned * (1 - rate_tolerance) &&
           goal.done <= goal.planned * (1 + rate_tolerance);
}

} // namespace

void Totals::add(const Tally &tally)
{
    for (const Name &name : names)
        counts.*name.counter += (tally.counts.*name.counter).load();
    lateness.add(tally.lateness);
    lab::add(self, tally.self);
    lab::add(children, tally.children);
}

void add_problems(const Totals &totals, const std::optional<Goal> &goal, std::vector<std::string> &to)
{
    if (goal && !is_reached(*goal) && to.empty())
        to.push_back(fmt::format(
            "{:.0f} of {:.0f} {} were done in time ({:.1f}%, 95% to 105% are allowed): this machine "
            "cannot do more, or was busy; ask for less, or give it more --workers",
            goal->done, goal->planned, goal->unit, goal->done / goal->planned * 100));
    if (totals.counts.children_failed != 0)
        to.push_back(fmt::format("{} of {} children ended with an error",
                                 totals.counts.children_failed.load(), totals.counts.forks.load()));
}

rusage difference(const rusage &end, const rusage &begin)
{
    const auto time = [](timeval later, timeval sooner) {
        timeval result{};
        timersub(&later, &sooner, &result);
        return result;
    };
    rusage result{};
    result.ru_utime = time(end.ru_utime, begin.ru_utime);
    result.ru_stime = time(end.ru_stime, begin.ru_stime);
    result.ru_minflt = end.ru_minflt - begin.ru_minflt;
    result.ru_majflt = end.ru_majflt - begin.ru_majflt;
    return result;
}

Json empty_result(std::string_view name)
{
    return {{"workload", name},      {"options", Json::object()}, {"elapsed_s", 0},
            {"goal", nullptr},       {"lateness_us", nullptr},    {"counts", Json::object()},
            {"contents", nullptr},   {"workers", nullptr},        {"children", nullptr},
            {"tool", nullptr},       {"metrics", Json::array()},  {"workers_killed", 0},
            {"stopped_by", nullptr}, {"problems", Json::array()}};
}

Json usage_since(const rusage &before)
{
    rusage now{};
    ::getrusage(RUSAGE_CHILDREN, &now);
    return usage_json(difference(now, before));
}

Json result_json(std::string_view name, const CommonOptions &common, const Json &options,
                 const Totals &totals, const std::optional<Goal> &goal)
{
    Json counts = Json::object();
    for (const Name &entry : names)
        counts[entry.name] = (totals.counts.*entry.counter).load();
    Json contents = nullptr;
    if (const std::uint64_t measured = totals.counts.measured_bytes; measured != 0)
        contents = {{"entropy", common.entropy},
                    {"measured_ratio",
                     static_cast<double>(totals.counts.compressed_bytes) / static_cast<double>(measured)},
                    {"measured_bytes", measured},
                    {"codec", "lz4"},
                    {"page_bytes", page_size()}};
    Json json = empty_result(name);
    json["options"] = options;
    json["elapsed_s"] = static_cast<double>(totals.elapsed_ns) / static_cast<double>(ns_per_s);
    json["goal"] = goal ? goal_json(*goal, totals.elapsed_ns) : Json(nullptr);
    json["lateness_us"] = lateness_json(totals.lateness);
    json["counts"] = counts;
    json["contents"] = contents;
    json["workers"] = usage_json(totals.self);
    json["children"] = usage_json(totals.children);
    return json;
}

std::string result_text(const Json &result)
{
    std::string text = fmt::format("{}: {:.2f} s\n", result["workload"].get<std::string>(),
                                   result["elapsed_s"].get<double>());
    if (const Json &goal = result["goal"]; !goal.is_null() && !goal["share"].is_null())
        text += fmt::format("  {:.0f} of {:.0f} {} ({:.1f}%), {:.1f} a second\n", goal["done"].get<double>(),
                            goal["planned"].get<double>(), goal["unit"].get<std::string>(),
                            goal["share"].get<double>() * 100,
                            goal["achieved_per_s"].is_null() ? 0.0 : goal["achieved_per_s"].get<double>());
    if (const Json &late = result["lateness_us"]; !late.is_null())
        text += fmt::format("  late by {:.0f} us (median), {:.0f} (90%), {:.0f} (99%), {:.0f} at most\n",
                            late["p50"].get<double>(), late["p90"].get<double>(), late["p99"].get<double>(),
                            late["max"].get<double>());
    std::string counts;
    for (const auto &[name, value] : result["counts"].items())
        if (value.get<std::uint64_t>() != 0 && name != "measured_bytes" && name != "compressed_bytes")
            counts += fmt::format("{}{} {}", counts.empty() ? "  " : ", ", name, value.get<std::uint64_t>());
    if (!counts.empty())
        text += counts + "\n";
    text += fmt::format("  faults of the workers {}, of their children {}\n",
                        result["workers"]["min_flt"].get<std::uint64_t>(),
                        result["children"]["min_flt"].get<std::uint64_t>());
    if (const Json &contents = result["contents"]; !contents.is_null())
        text += fmt::format("  contents of entropy {}: LZ4 makes {:.3f} of a page's size (measured)\n",
                            contents["entropy"].get<double>(), contents["measured_ratio"].get<double>());
    return text;
}

} // namespace memory_collector::lab
