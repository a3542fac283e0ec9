// SPDX-License-Identifier: GPL-2.0-only
//
// What other programs print, as Debian 12's versions of them printed it, and damaged.
#include "lab/tools/tools.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <map>
#include <string>

namespace memory_collector::lab {
namespace {

std::string fixture(const char *name)
{
    std::ifstream file{std::string{MC_FIXTURES "/lab/"} + name, std::ios::binary};
    EXPECT_TRUE(file) << name;
    return {std::istreambuf_iterator<char>{file}, {}};
}

std::map<std::string, Metric> by_name(const std::vector<Metric> &metrics)
{
    std::map<std::string, Metric> found;
    for (const Metric &metric : metrics)
        found.emplace(metric.name, metric);
    EXPECT_EQ(found.size(), metrics.size());
    return found;
}

// Whatever it is cut to, nothing is made up: what comes out of a part came out of the whole.
void expect_parts_are_parts(const std::string &text, std::vector<Metric> (*parse)(std::string_view))
{
    const auto whole = by_name(parse(text));
    for (std::size_t size = 0; size < text.size(); size += 7)
        for (const Metric &metric : parse(std::string_view{text}.substr(0, size)))
            ASSERT_TRUE(whole.contains(metric.name)) << metric.name << " of the first " << size;
    std::string damaged = text;
    for (std::size_t at = 0; at < text.size(); at += 11)
        damaged[at] = static_cast<char>(0x80 + at % 128);
    parse(damaged);
}

TEST(LabTools, StressNg)
{
    const std::string text = fixture("stress-ng-0.15.06.yaml");
    const auto found = by_name(parse_stress_ng(text));
    EXPECT_EQ(found.size(), 24u);
    EXPECT_EQ(found.at("malloc.bogo-ops").value, 7705);
    EXPECT_EQ(found.at("fork.bogo-ops-per-second-real-time").value, 67.130922);
    EXPECT_EQ(found.at("fork.bogo-ops-per-second-real-time").unit, "1/s");
    EXPECT_EQ(found.at("mmap.max-rss").value, 18404);
    EXPECT_EQ(found.at("mmap.max-rss").unit, "KiB");
    EXPECT_EQ(found.at("mmap.wall-clock-time").unit, "s");
    expect_parts_are_parts(text, parse_stress_ng);
    EXPECT_TRUE(parse_stress_ng("system-info:\n      pagesize: 4096\n").empty());
}

TEST(LabTools, Sysbench)
{
    const std::string text = fixture("sysbench-1.0.20.txt");
    const auto found = by_name(parse_sysbench(text));
    EXPECT_EQ(found.size(), 8u);
    EXPECT_EQ(found.at("operations").value, 10337);
    EXPECT_EQ(found.at("operations_per_second").value, 10289.06);
    EXPECT_EQ(found.at("transferred").value, 646.06);
    EXPECT_EQ(found.at("bandwidth").value, 643.07);
    EXPECT_EQ(found.at("bandwidth").unit, "MiB/s");
    EXPECT_EQ(found.at("time").value, 1.0041);
    EXPECT_EQ(found.at("latency_mean").value, 0.19);
    EXPECT_EQ(found.at("latency_p95").value, 0.11);
    EXPECT_EQ(found.at("latency_max").value, 27.89);
    // Of 64 KiB blocks.
    EXPECT_NEAR(found.at("operations").value / 16, found.at("transferred").value, 0.01);
    expect_parts_are_parts(text, parse_sysbench);
}

TEST(LabTools, Fio)
{
    const std::string text = fixture("fio-3.33.json");
    const auto found = by_name(parse_fio(text));
    EXPECT_EQ(found.size(), 14u);
    EXPECT_EQ(found.at("read.bytes").value, 1165336576);
    EXPECT_EQ(found.at("read.operations").value, 284506);
    EXPECT_EQ(found.at("read.bytes").value, found.at("read.operations").value * 4096);
    EXPECT_EQ(found.at("write.bandwidth").value, 1156536015);
    EXPECT_EQ(found.at("write.operations_per_second").value, 282357.425743);
    EXPECT_EQ(found.at("read.latency_mean").value, 2543.548937);
    EXPECT_EQ(found.at("read.latency_p99").value, 1160);
    EXPECT_EQ(found.at("write.latency_max").value, 28099385);
    EXPECT_EQ(by_name(parse_fio("fio: a note before it\n" + text)).size(), 14u);
    expect_parts_are_parts(text, parse_fio);
    for (const char *wrong :
         {"{}", "{\"jobs\":7}", "{\"jobs\":[7]}", "{\"jobs\":[{\"read\":{\"io_bytes\":\"x\"}}]}"})
        EXPECT_TRUE(parse_fio(wrong).empty()) << wrong;
}

// Of these two no Debian package exists: the text is written after their documentation.
TEST(LabTools, TableOfMmtests)
{
    const std::string text =
        "faults/cpu-1    0    623456.78\nfaults/sec-1    0  1.5e6\nno value here\n12 13\n\n";
    const auto found = parse_mmtests(text);
    ASSERT_EQ(found.size(), 2u);
    EXPECT_EQ(found[0].name, "faults/cpu-1");
    EXPECT_EQ(found[0].value, 623456.78);
    EXPECT_EQ(found[1].value, 1.5e6);
}

TEST(LabTools, ResultFileOfPhoronix)
{
    const std::string text =
        "<?xml version=\"1.0\"?>\n<PhoronixTestSuite><Generated><Title>t</Title></Generated>\n"
        "<Result><Identifier>pts/stream-1.3.4</Identifier><Title>Stream</Title>"
        "<Description>Type: Copy</Description><Scale>MB/s</Scale><Data>"
        "<Entry><Identifier>before</Identifier><Value>1</Value></Entry>"
        "<Entry><Identifier>memory-workload</Identifier><Value>23456.7</Value>"
        "<RawString>23456.7</RawString></Entry></Data></Result>\n"
        "<Result><Title>Failed</Title><Data><Entry><Value></Value></Entry></Data></Result>\n"
        "</PhoronixTestSuite>\n";
    const auto found = parse_phoronix(text);
    ASSERT_EQ(found.size(), 1u);
    EXPECT_EQ(found[0].name, "Stream: Type: Copy");
    EXPECT_EQ(found[0].value, 23456.7);
    EXPECT_EQ(found[0].unit, "MB/s");
    expect_parts_are_parts(text, parse_phoronix);
}

TEST(LabTools, ATimeAndASizeAreInEveryCommand)
{
    const Bounds bounds{.duration_ns = 3'000'000'000, .workers = 2, .bytes = 32 << 20};
    for (const ToolEntry &entry : tools()) {
        const auto tool = entry.make();
        EXPECT_FALSE(tool->remedy().empty()) << entry.name;
        EXPECT_FALSE(tool->find("/nowhere/at/all").has_value()) << entry.name;
        for (const Profile &profile : tool->profiles()) {
            const ToolRun run = tool->run("/usr/bin/tool", profile.name, bounds, {"/tmp", "/proc/1/fd/3"});
            ASSERT_GE(run.command.size(), 3u);
            // Those that know no time are ended when it is up.
            const bool told = std::ranges::any_of(run.command, [](const std::string &word) {
                return word == "3s" || word == "--time=3" || word == "--runtime=3";
            });
            EXPECT_EQ(told, run.slack_ns != 0) << entry.name << " " << profile.name;
        }
    }
}

} // namespace
} // namespace memory_collector::lab
