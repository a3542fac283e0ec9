// SPDX-License-Identifier: GPL-2.0-only
//
// Alerts, suspects, kills, the hook, and that a recording says what was said live.
#include "oom/alerts.h"
#include "oom/engine.h"
#include "oom/hook.h"
#include "oom/model_file.h"
#include "oom/report.h"
#include "oom/suspects.h"
#include "oom/tee.h"
#include "oom/trace_reader.h"
#include "oom_support.h"
#include "sink_support.h"
#include "support/files.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <sstream>
#include <thread>

namespace memory_collector::oom {
namespace {

using memory_collector::testing::Folder;
using Json = nlohmann::json;

constexpr std::uint64_t ms = 1'000'000;
constexpr std::uint64_t second = 1000 * ms;
constexpr std::uint64_t mib = 1 << 20;

TEST(OomAlerts, AreCrossingsWithARestBetween)
{
    Alerts alerts{0.5, 30 * second};
    EXPECT_FALSE(alerts.due(1 * second, 1, 0.49));
    EXPECT_TRUE(alerts.due(2 * second, 1, 0.5));
    EXPECT_FALSE(alerts.due(3 * second, 1, 0.9));
    EXPECT_TRUE(alerts.due(3 * second, 2, 0.9)); // of its own
    EXPECT_FALSE(alerts.due(4 * second, 1, 0.1));
    EXPECT_FALSE(alerts.due(5 * second, 1, 0.9));   // within the rest
    EXPECT_TRUE(alerts.due(32 * second, 1, 0.9));   // still up at its end
    EXPECT_FALSE(alerts.due(100 * second, 1, 0.9)); // no new crossing
    EXPECT_FALSE(alerts.due(101 * second, 1, 0));
    EXPECT_TRUE(alerts.due(102 * second, 1, 0.9));
    alerts.forget(1);
    EXPECT_TRUE(alerts.due(103 * second, 1, 0.9));
}

ProcessSample process(std::uint32_t pid, std::uint64_t anon, std::int32_t adjust = 0, std::uint64_t start = 1)
{
    ProcessSample sample;
    sample.pid = pid;
    sample.start_ticks = start;
    sample.anon = anon;
    sample.oom_score_adj = adjust;
    sample.set_name("p" + std::to_string(pid));
    return sample;
}

TEST(OomSuspects, BadnessIsTheKernels)
{
    ProcessSample one = process(5, 400 * 4096);
    one.file = 30 * 4096;
    one.shmem = 20 * 4096;
    one.swap = 7 * 4096;
    one.page_tables = 3 * 4096;
    EXPECT_EQ(badness(one, 4096, 10'000 * 4096), 460);
    one.oom_score_adj = 100;
    EXPECT_EQ(badness(one, 4096, 10'000 * 4096), 460 + 100 * 10);
    one.oom_score_adj = -500;
    EXPECT_EQ(badness(one, 4096, 10'000 * 4096), 460 - 5000);
    one.oom_score_adj = -1000;
    EXPECT_EQ(badness(one, 4096, 10'000 * 4096), std::nullopt);
    EXPECT_EQ(badness(process(1, 400 * 4096), 4096, 10'000 * 4096), std::nullopt);
}

TEST(OomSuspects, VictimIsTheWorstAndCulpritWhoGrew)
{
    SuspectTracker tracker;
    const std::uint64_t total = 1000 * mib;
    tracker.look(second,
                 std::vector{process(10, 300 * mib), process(11, 50 * mib), process(12, 200 * mib, -1000)},
                 4096, total);
    EXPECT_EQ(tracker.suspects().victim->pid, 10u);
    EXPECT_FALSE(tracker.suspects().culprit);
    tracker.look(2 * second,
                 std::vector{process(10, 301 * mib), process(11, 90 * mib), process(12, 210 * mib, -1000)},
                 4096, total);
    EXPECT_EQ(tracker.suspects().victim->pid, 10u);
    EXPECT_EQ(tracker.suspects().culprit->pid, 11u);
    EXPECT_EQ(tracker.suspects().culprit->name(), "p11");
    EXPECT_EQ(tracker.suspects().culprit->growth, 40 * mib);
    // A new process, and one that took the number of another, grew by all they have.
    tracker.look(3 * second,
                 std::vector{process(10, 301 * mib), process(11, 60 * mib, 0, 2), process(13, 55 * mib, 999)},
                 4096, total);
    EXPECT_EQ(tracker.suspects().culprit->pid, 11u);
    EXPECT_EQ(tracker.suspects().culprit->growth, 60 * mib);
    EXPECT_EQ(tracker.suspects().victim->pid, 13u);
    // What was long ago counts no more.
    for (std::uint64_t at = 4; at < 20; at++)
        tracker.look(at * second, std::vector{process(10, 301 * mib + at * mib), process(11, 60 * mib, 0, 2)},
                     4096, total);
    EXPECT_EQ(tracker.suspects().culprit->pid, 10u);
    EXPECT_LE(tracker.suspects().culprit->growth, 10 * mib);
    EXPECT_GE(tracker.suspects().culprit->growth, 5 * mib);
    tracker.look(20 * second, {}, 4096, total);
    EXPECT_FALSE(tracker.suspects().victim);
}

SignalValues with_kills(std::uint64_t kills)
{
    SignalValues signals;
    signals.set(Signal::limit, 64 * mib);
    signals.set(Signal::anon, mib);
    signals.set(Signal::oom_kills, kills);
    return signals;
}

struct Kills : Listener {
    void assessed(const Assessment &) override {}
    void kills(const Assessment &assessment, std::uint64_t count) override
    {
        text += std::to_string(assessment.target.id) + ":" + std::to_string(count) + " ";
    }
    void named(std::uint64_t, const Assessment *, const Victim &) override {}
    void forgotten(TargetId) override {}
    void round_ended(std::uint64_t) override {}
    std::string text;
};

TEST(OomEngine, AKillInACgroupIsNotTheHosts)
{
    const auto model = load_model(builtin_model_text, "built in", "never");
    Kills kills;
    Engine engine{EngineOptions{100 * ms, 4096}, *model, kills};
    std::uint64_t now = second;
    const auto round = [&](std::uint64_t host, std::uint64_t outer, std::uint64_t inner) {
        now += 100 * ms;
        engine.sampled(now, host_target, with_kills(host));
        engine.sampled(now, 1, with_kills(outer));
        engine.sampled(now, 2, with_kills(inner));
        engine.round_ended(now);
    };
    engine.appeared(now, Target{});
    engine.appeared(now, Target{1, TargetKind::cgroup_v2, "/a"});
    engine.appeared(now, Target{2, TargetKind::cgroup_v2, "/a/b"});
    round(7, 3, 1);
    round(7, 3, 1);
    EXPECT_EQ(kills.text, "");
    round(8, 4, 2); // in both cgroups, as v2 counts
    round(8, 4, 2);
    round(8, 4, 2);
    EXPECT_EQ(kills.text, "1:1 2:1 ");
    kills.text.clear();
    round(8, 5, 2); // the host's count was read before
    round(9, 5, 2);
    round(9, 5, 2);
    EXPECT_EQ(kills.text, "1:1 ");
    kills.text.clear();
    round(11, 5, 2);
    round(11, 5, 2);
    round(11, 5, 2);
    EXPECT_EQ(kills.text, "0:2 ");
}

// A leak to its end, beside a host that is well, told to an observer.
void tell_leak(Observer &to, std::uint64_t begin)
{
    to.appeared(begin, Target{});
    to.appeared(begin, Target{1, TargetKind::cgroup_v2, "/leak\"y"});
    for (std::uint64_t i = 0; i < 100; i++) {
        const std::uint64_t now = begin + i * 100 * ms + (i * 37 % 11) * 1000;
        SignalValues host;
        host.set(Signal::limit, 4096 * mib);
        host.set(Signal::anon, 900 * mib + i * 1000);
        host.set(Signal::oom_kills, i >= 80 ? 1 : 0);
        to.sampled(now, host_target, host);
        SignalValues group;
        const std::uint64_t held = i < 80 ? i * 64 * mib / 80 : 0;
        group.set(Signal::limit, 64 * mib);
        group.set(Signal::anon, held);
        group.set(Signal::usage, held + mib);
        group.set(Signal::oom_kills, i >= 80 ? 1 : 0);
        to.sampled(now, 1, group);
        if (i == 80)
            to.killed(now, Victim{1, 42, "leak\n"});
        if (i % 10 == 0 || held > 48 * mib) {
            std::vector<ProcessSample> processes{process(30, 2 * mib)};
            if (i < 80)
                processes.push_back(process(42, held));
            to.looked(now, 1, processes);
        }
        to.round_ended(now);
    }
    to.vanished(begin + 20 * second, 1);
    to.round_ended(begin + 20 * second);
}

std::string reported(const ReportSettings &settings, const std::function<void(Observer &)> &tell,
                     const Report::AlertHook &hook = {})
{
    const Folder folder;
    const auto model = load_model(builtin_model_text, "built in", "linear");
    Output output{folder / "rows"};
    Report report{output, settings, hook};
    Engine engine{EngineOptions{100 * ms, 4096}, *model, report};
    tell(engine);
    output.flush();
    return read_file(folder / "rows", std::size_t{16} << 20);
}

ReportSettings settings_for(ReportSettings::Format format)
{
    ReportSettings settings;
    settings.format = format;
    settings.every_ns = second;
    settings.interval_ns = 100 * ms;
    settings.refractory_ns = 30 * second;
    settings.model = "linear";
    return settings;
}

TEST(OomReport, ForecastsAlertsAndKillsOfALeak)
{
    int hooks = 0;
    const std::string text = reported(
        settings_for(ReportSettings::Format::jsonl), [](Observer &to) { tell_leak(to, 1000 * second); },
        [&](const Assessment &assessment) { hooks += assessment.target.id == 1 ? 1 : 100; });
    std::istringstream lines{text};
    std::map<std::string, std::vector<Json>> rows;
    for (std::string line; std::getline(lines, line);) {
        const Json row = Json::parse(line);
        rows[row["type"].get<std::string>()].push_back(row);
    }
    EXPECT_EQ(hooks, 1);
    ASSERT_EQ(rows["oom_alert"].size(), 1u);
    const Json &alert = rows["oom_alert"][0];
    EXPECT_EQ(alert["target"], "/leak\"y");
    EXPECT_EQ(alert["horizon_s"], 10);
    EXPECT_GE(alert["probability_10s"].get<double>(), 0.5);
    // 64 MiB in 8 s from 1000 s on: what is left is known.
    const double left = 1008 - alert["time_ns"].get<double>() / 1e9;
    EXPECT_NEAR(alert["expected_s"].get<double>(), left, 0.2);
    ASSERT_EQ(rows["oom_kill"].size(), 1u);
    EXPECT_EQ(rows["oom_kill"][0]["target"], "/leak\"y");
    EXPECT_EQ(rows["oom_kill"][0]["kills"], 1);
    ASSERT_EQ(rows["oom_victim"].size(), 1u);
    EXPECT_EQ(rows["oom_victim"][0]["comm"], "leak\n");
    // Every second, both.
    EXPECT_EQ(rows["oom_forecast"].size(), 18u);
    for (const Json &row : rows["oom_forecast"]) {
        EXPECT_EQ(row.size(), 25u) << row;
        if (row["target"] == "host") {
            EXPECT_LT(row["probability_30s"].get<double>(), 0.01);
        }
    }
    // At two seconds, when the look of the first is known.
    EXPECT_EQ(rows["oom_forecast"][3]["victim_pid"], 42);
    EXPECT_EQ(rows["oom_forecast"][3]["culprit_pid"], 42);
    EXPECT_EQ(rows["oom_forecast"][3]["culprit_growth_bytes"], 8 * mib);
}

TEST(OomReport, SaysInsufficientHistory)
{
    ReportSettings settings = settings_for(ReportSettings::Format::jsonl);
    settings.every_ns = 0;
    const std::string text = reported(settings, [](Observer &to) { tell_leak(to, 1000 * second); });
    const Json first = Json::parse(text.substr(0, text.find('\n')));
    EXPECT_EQ(first["note"], "insufficient history");
    EXPECT_TRUE(first["probability_10s"].is_null());
    EXPECT_TRUE(first["growth_bytes_per_s"].is_null());
    EXPECT_EQ(first["limit_bytes"], 4096 * mib);
}

TEST(OomReport, ARecordingSaysWhatWasSaidLive)
{
    TraceHeader header;
    header.interval_ns = 100 * ms;
    header.start_ns = 1000 * second;
    const testing::RecordedTrace trace{header, [](Observer &to) { tell_leak(to, 1000 * second); }};
    for (const auto format :
         {ReportSettings::Format::jsonl, ReportSettings::Format::features, ReportSettings::Format::table}) {
        ReportSettings settings = settings_for(format);
        if (format == ReportSettings::Format::jsonl)
            settings.every_ns = 0;
        const std::string live = reported(settings, [](Observer &to) { tell_leak(to, 1000 * second); });
        const std::string replayed = reported(settings, [&](Observer &to) {
            std::istringstream input{trace.text()};
            TraceReader{input, "trace"}.run(to);
        });
        EXPECT_GT(live.size(), 1000u);
        EXPECT_EQ(live, replayed);
    }
}

TEST(OomHook, TellsByItsEnvironmentAndRunsOnceAtATime)
{
    const Folder folder;
    const std::string out = folder / "told";
    Assessment assessment;
    assessment.target = Target{3, TargetKind::cgroup_v2, "/a; touch " + (folder / "evil") + " $(id) '"};
    assessment.suspects.victim = Suspect{77, {'x', '"'}, 0};
    // env writes to its standard output, which is our standard error: a file for once.
    const int kept = ::dup(STDERR_FILENO);
    ASSERT_NE(std::freopen(out.c_str(), "w", stderr), nullptr);
    Hook hook{"/usr/bin/env"};
    hook.run(assessment, 10, 0.75);
    for (int i = 0; i < 500 && read_file(out).find("CULPRIT_COMM") == std::string::npos; i++)
        std::this_thread::sleep_for(std::chrono::milliseconds(10));
    std::fflush(stderr);
    ::dup2(kept, STDERR_FILENO);
    ::close(kept);
    const std::string told = read_file(out);
    EXPECT_NE(told.find("MEMORY_COLLECTOR_OOM_TARGET=" + assessment.target.path + "\n"), std::string::npos)
        << told;
    EXPECT_NE(told.find("MEMORY_COLLECTOR_OOM_PROBABILITY=0.7500\n"), std::string::npos);
    EXPECT_NE(told.find("MEMORY_COLLECTOR_OOM_VICTIM_PID=77\n"), std::string::npos);
    EXPECT_NE(told.find("MEMORY_COLLECTOR_OOM_CULPRIT_PID=\n"), std::string::npos);
    EXPECT_TRUE(read_file(folder / "evil").empty());

    // The first may not be noticed as ended yet: its end is taken, no zombie stays.
    for (int i = 0; i < 500; i++) {
        hook.reap();
        if (::waitpid(-1, nullptr, WNOHANG) < 0)
            break;
        std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    EXPECT_EQ(::waitpid(-1, nullptr, WNOHANG), -1);

    Hook slow{"sleep 1"};
    slow.run(assessment, 10, 0.75);
    slow.run(assessment, 10, 0.75);
    EXPECT_EQ(slow.skipped(), 1u);
    ::waitpid(-1, nullptr, 0);
}

// From the moment a sample is there until its alert is in the file.
TEST(OomReport, SampleToAlertTimes)
{
    const Folder folder;
    const auto model = load_model(builtin_model_text, "built in", "linear");
    Output output{folder / "rows"};
    ReportSettings settings = settings_for(ReportSettings::Format::jsonl);
    settings.refractory_ns = 0;
    settings.alert_above = 0.5;
    Report report{output, settings};
    Engine engine{EngineOptions{100 * ms, 4096}, *model, report};
    engine.appeared(0, Target{});
    engine.appeared(0, Target{1, TargetKind::cgroup_v2, "/a"});
    std::vector<double> us;
    std::uint64_t now = second;
    for (std::uint64_t i = 0; i < 20'000; i++) {
        now += 100 * ms;
        SignalValues group = with_kills(0);
        // Up and down: an alert at each way up.
        group.set(Signal::anon, (i % 20) * 3 * mib);
        const auto begun = std::chrono::steady_clock::now();
        engine.sampled(now, 1, group);
        const double took =
            std::chrono::duration<double, std::micro>(std::chrono::steady_clock::now() - begun).count();
        us.push_back(took);
        engine.round_ended(now);
    }
    const std::string text = read_file(folder / "rows", std::size_t{64} << 20);
    std::size_t alerts = 0;
    for (std::size_t at = 0; (at = text.find("oom_alert", at)) != std::string::npos; at++)
        alerts++;
    EXPECT_GT(alerts, 500u);
    std::sort(us.begin(), us.end());
    std::printf("# sample to report, %zu alerts among %zu: p50 %.1f us, p99 %.1f us, most %.1f us\n", alerts,
                us.size(), us[us.size() / 2], us[us.size() * 99 / 100], us.back());
    EXPECT_LT(us[us.size() / 2], 1e6);
}

} // namespace
} // namespace memory_collector::oom
