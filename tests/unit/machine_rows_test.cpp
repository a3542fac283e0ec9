// SPDX-License-Identifier: GPL-2.0-only
//
// Rows of OOM kills, of reclaim and of the collector itself, from the model and as a table.
#include "model/model.h"
#include "sink/output.h"
#include "sink/sink_registry.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <unistd.h>

#include <array>
#include <cstdio>
#include <functional>
#include <sstream>
#include <string>
#include <vector>

namespace memory_collector {
namespace {

using nlohmann::json;

constexpr std::uint64_t second = 1'000'000'000;

std::string written(const char *format, const std::function<void(Model &)> &tell)
{
    FILE *const file = std::tmpfile();
    Output output = Output::descriptor(::fileno(file));
    const std::unique_ptr<Sink> sink = make_sink(format, output, {});
    ModelOptions options;
    options.source = "ebpf";
    options.live = true;
    Model model{options, *sink};
    model.sampled_every(second, MC_MODE_SOFTWARE);
    tell(model);
    model.finish(0, "end");
    std::string text;
    std::rewind(file);
    for (int c; (c = std::fgetc(file)) != EOF;)
        text += static_cast<char>(c);
    std::fclose(file);
    return text;
}

std::vector<json> rows_of(const std::string &text, const std::string &type)
{
    std::vector<json> rows;
    std::istringstream lines{text};
    for (std::string line; std::getline(lines, line);)
        if (json row = json::parse(line); row["type"] == type)
            rows.push_back(std::move(row));
    return rows;
}

OomKill kill_of(std::uint32_t pid, std::uint64_t start)
{
    OomKill kill;
    kill.time_ns = 10 * second + 5;
    kill.key = {start, pid};
    kill.comm = "hog";
    kill.pages = {3, 100, 7, 2};
    kill.oom_score_adj = -5;
    kill.constraint = "cgroup";
    kill.trigger_pid = 9;
    kill.trigger_comm = "other";
    return kill;
}

void tell_kill(Model &model)
{
    mc_process_info info{};
    info.pid = 7;
    info.start_time_ns = 77;
    std::snprintf(info.comm, sizeof(info.comm), "hog");
    model.process_info(0, info);
    ProcessDetails details;
    details.cgroup = "/full";
    details.container_name = "database";
    details.container = std::string(64, 'a');
    model.set_details({77, 7}, details);
    model.begin(10 * second);
    model.oom(0, kill_of(7, 77));
    model.close();
    model.close();
}

TEST(MachineRows, AKillIsInItsIntervalOnce)
{
    const std::vector<json> rows = rows_of(written("jsonl", tell_kill), "oom");
    ASSERT_EQ(rows.size(), 1u);
    const json &row = rows[0];
    EXPECT_EQ(row["time_ns"], 10 * second + 5);
    EXPECT_EQ(row["pid"], 7);
    EXPECT_EQ(row["start_time_ns"], 77);
    EXPECT_EQ(row["cgroup"], "/full");
    EXPECT_EQ(row["container_name"], "database");
    EXPECT_EQ(row["rss_bytes"], 105 * 4096);
    EXPECT_EQ(row["rss_anon_bytes"], 100 * 4096);
    EXPECT_EQ(row["rss_file_bytes"], 3 * 4096);
    EXPECT_EQ(row["rss_shmem_bytes"], 2 * 4096);
    EXPECT_EQ(row["swap_bytes"], 7 * 4096);
    EXPECT_EQ(row["oom_score_adj"], -5);
    EXPECT_EQ(row["constraint"], "cgroup");
    EXPECT_EQ(row["trigger_comm"], "other");
}

TEST(MachineRows, WhatIsNotKnownOfAKillIsNull)
{
    const std::vector<json> rows = rows_of(written("jsonl",
                                                   [](Model &model) {
                                                       model.begin(10 * second);
                                                       OomKill kill;
                                                       kill.key.pid = 7;
                                                       model.oom(0, kill);
                                                       model.close();
                                                   }),
                                           "oom");
    ASSERT_EQ(rows.size(), 1u);
    for (const char *const column : {"start_time_ns", "comm", "cgroup", "rss_bytes", "swap_bytes",
                                     "oom_score_adj", "constraint", "trigger_comm"})
        EXPECT_TRUE(rows[0][column].is_null()) << column;
}

TEST(MachineRows, TheTableShowsAKill)
{
    const std::string text = written("table", tell_kill);
    EXPECT_NE(text.find("OOM kill at"), std::string::npos) << text;
    EXPECT_NE(text.find("pid 7 hog [database], its cgroup is full, in /full, RSS 420 KiB"), std::string::npos)
        << text;
}

ReclaimCounts reclaim_of(std::uint64_t count)
{
    ReclaimCounts counts;
    counts.kswapd = {count, 0, 10 * count, 5 * count};
    counts.direct = {2 * count, 100 * count, 20 * count, 6 * count};
    counts.cgroup = {3 * count, 200 * count, 30 * count, 7 * count};
    return counts;
}

TEST(MachineRows, ReclaimIsWhatWasAddedInTheInterval)
{
    const std::vector<json> rows = rows_of(written("jsonl",
                                                   [](Model &model) {
                                                       model.reclaim(reclaim_of(1000));
                                                       model.begin(10 * second);
                                                       model.reclaim(reclaim_of(1001));
                                                       model.close();
                                                       model.reclaim(reclaim_of(1003));
                                                       model.close();
                                                       ReclaimCounts blind = reclaim_of(1003);
                                                       blind.scans_known = false;
                                                       model.reclaim(blind);
                                                       model.close();
                                                   }),
                                           "reclaim");
    ASSERT_EQ(rows.size(), 3u);
    EXPECT_EQ(rows[0]["kswapd_wakes"], 1);
    EXPECT_EQ(rows[0]["kswapd_reclaimed_pages"], 5);
    EXPECT_EQ(rows[1]["direct_stalls"], 4);
    EXPECT_EQ(rows[1]["direct_ns"], 200);
    EXPECT_EQ(rows[1]["cgroup_scanned_pages"], 60);
    EXPECT_EQ(rows[1]["cgroup_reclaimed_pages"], 14);
    EXPECT_EQ(rows[2]["cgroup_stalls"], 0);
    EXPECT_TRUE(rows[2]["kswapd_scanned_pages"].is_null());
}

TEST(MachineRows, OwnCostAddsUpFromProgramsInOthersTime)
{
    const auto use = [](std::uint64_t cpu, std::uint64_t run) {
        SelfUse self;
        self.cpu_time_ns = cpu;
        self.rss_bytes = 5;
        self.programs = {{{"always", "forks", run, run / 10, false}, {"always", "tasks", 7 * run, 1, true}}};
        return self;
    };
    const std::string text = written("jsonl", [&](Model &model) {
        model.self(use(1000, 100));
        model.begin(10 * second);
        model.self(use(1500, 180));
        model.close();
        // Loaded anew: its counts begin again.
        model.self(use(1500, 50));
        model.close();
    });
    const std::vector<json> rows = rows_of(text, "self");
    ASSERT_EQ(rows.size(), 2u);
    EXPECT_EQ(rows[0]["cpu_time_ns"], 500);
    EXPECT_EQ(rows[0]["bpf_run_ns"], 80);
    EXPECT_EQ(rows[0]["bpf_runs"], 8);
    EXPECT_TRUE(rows[0]["map_bytes"].is_null());
    EXPECT_EQ(rows[1]["bpf_run_ns"], 50);
    const std::vector<json> programs = rows_of(text, "self_program");
    ASSERT_EQ(programs.size(), 4u);
    EXPECT_EQ(programs[1]["program"], "tasks");
    EXPECT_EQ(programs[1]["run_ns"], 560);
}

} // namespace
} // namespace memory_collector
