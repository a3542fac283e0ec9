// SPDX-License-Identifier: GPL-2.0-only
//
// What a recording tells is what was told to it.
#include "oom/trace_format.h"
#include "oom/trace_reader.h"
#include "oom/trace_writer.h"
#include "oom_support.h"
#include "support/error.h"

#include <gtest/gtest.h>

#include <random>
#include <sstream>

namespace memory_collector::oom {
namespace {

using testing::Heard;
using testing::RecordedTrace;

ProcessSample process(std::uint32_t pid, std::uint64_t start, std::uint64_t anon, std::string_view name)
{
    ProcessSample sample;
    sample.pid = pid;
    sample.start_ticks = start;
    sample.anon = anon;
    sample.set_name(name);
    return sample;
}

// Everything that can be told, with values that come, go and stay.
void tell(Observer &to, std::uint64_t start_ns)
{
    std::mt19937_64 random{5};
    to.appeared(start_ns, Target{});
    to.appeared(start_ns, Target{1, TargetKind::cgroup_v2, "/a, b\\x2c\n\xff"});
    SignalValues host;
    SignalValues group;
    for (std::uint64_t i = 0; i < 200; i++) {
        const std::uint64_t now = start_ns + i * 100'003'000;
        host.set(Signal::anon, random() % 3 == 0 ? SignalValues::unknown : random() % (1ull << 40));
        host.set(Signal::oom_kills, i / 50);
        group.set(static_cast<Signal>(random() % signal_count),
                  random() % 4 == 0 ? SignalValues::no_limit : random() >> 2);
        to.sampled(now, host_target, host);
        to.sampled(now, 1, group);
        if (i % 7 != 0) {
            to.round_ended(now);
            continue;
        }
        std::vector<ProcessSample> processes;
        for (std::uint32_t pid = 1; pid < 9; pid++)
            if (random() % 3 != 0)
                processes.push_back(
                    process(pid, random() % 2, random() % 4, random() % 2 == 0 ? "name" : "a,\nb"));
        if (i == 14)
            processes = {process(3, 1, 5, "")};
        if (i == 21)
            processes.front().oom_score_adj = -1000;
        to.looked(now, 1, processes);
        to.killed(now, Victim{1, 7, "x) \\,"});
        to.round_ended(now);
    }
    to.vanished(start_ns + 30'000'000'000, 1);
    to.killed(start_ns + 30'000'000'000, Victim{1, 8, ""});
    to.appeared(start_ns + 30'000'000'000, Target{2, TargetKind::cgroup_v1, "/a"});
    to.round_ended(start_ns + 30'000'000'000);
}

TEST(OomTrace, TellsWhatWasToldToIt)
{
    TraceHeader header;
    header.interval_ns = 100'000'000;
    header.start_ns = 123'456'789'000;
    header.kernel = "6.12, of somebody's";
    Heard direct;
    tell(direct, header.start_ns);
    const RecordedTrace trace{header, [&](Observer &to) { tell(to, header.start_ns); }};
    std::istringstream input{trace.text()};
    TraceReader reader{input, "test"};
    EXPECT_EQ(reader.header(), header);
    Heard replayed;
    reader.run(replayed);
    EXPECT_FALSE(reader.torn());
    ASSERT_GT(direct.lines.size(), 400u);
    EXPECT_EQ(direct.lines, replayed.lines);
}

TEST(OomTrace, NamesComeBackAsTheyWere)
{
    std::string all;
    for (int byte = 0; byte < 256; byte++)
        all += static_cast<char>(byte);
    all += "\\x41";
    std::string escaped;
    append_escaped(escaped, all);
    EXPECT_EQ(escaped.find(','), std::string::npos);
    EXPECT_EQ(escaped.find('\n'), std::string::npos);
    EXPECT_EQ(unescaped(escaped), all);
    EXPECT_EQ(unescaped("\\x4"), "\\x4");
    EXPECT_EQ(unescaped("\\xzz"), "\\xzz");
}

TEST(OomTrace, AWriterThatWasKilledLosesItsLastLineOnly)
{
    TraceHeader header;
    header.interval_ns = 1000;
    const RecordedTrace trace{header, [](Observer &to) {
                                  to.appeared(0, Target{});
                                  to.sampled(1000, host_target, SignalValues{});
                                  to.sampled(2000, host_target, SignalValues{});
                              }};
    std::istringstream input{trace.text().substr(0, trace.text().size() - 2)};
    TraceReader reader{input, "test"};
    Heard heard;
    reader.run(heard);
    EXPECT_TRUE(reader.torn());
    EXPECT_EQ(heard.lines.size(), 4u); // appeared, sampled, and the ends of two rounds
}

std::string refusal(const std::string &text)
{
    std::istringstream input{text};
    try {
        TraceReader reader{input, "file"};
        Heard heard;
        reader.run(heard);
    } catch (const Error &error) {
        return error.what();
    }
    return "";
}

TEST(OomTrace, SaysWhichLineMakesNoSense)
{
    const std::string head =
        "memory-collector-oom-trace,1\ninterval_us,1000\nstart_us,0\ncolumns,S,time_us,target,anon\n";
    const struct {
        const char *lines;
        const char *says;
    } table[] = {
        {"S,1,0,5\n", "line 5: target 0 was not introduced"},
        {"T,0,0,host,\nS,5,0,1\nS,4,0,1\n", "line 7: time runs backwards"},
        {"T,0,0,host,\nS,5,0,x\n", "line 6: 'x' is no value"},
        {"T,0,0,host,\nS,5,0,18446744073709551615\n", "is no value"},
        {"T,0,1,host,\n", "target 0 is the host"},
        {"T,0,0,host,\nT,0,0,host,\n", "target 0 is there already"},
        {"T,0,0,moon,\n", "'moon' is no kind of target"},
        {"T,0,0,host,\nP,1,2\n", "a process outside of a look"},
        {"T,0,0,host,\nL,1,0\nP,1,,5\n", "a process without its start"},
        {"T,0,0,host,\nL,1,0\nX,1\n", "an end of a process that was not there"},
        {"Q,1\n", "'Q' is no kind of line"},
        {"T,99999999999999999999,0,host,\n", "is no time"},
        {"T,9223372036854775807,0,host,\n", "a time beyond all bounds"},
    };
    for (const auto &row : table) {
        const std::string said = refusal(head + row.lines);
        EXPECT_NE(said.find(row.says), std::string::npos) << row.lines << " -> " << said;
    }
    EXPECT_NE(refusal("").find("this is no recording"), std::string::npos);
    EXPECT_NE(refusal("memory-collector-oom-trace,2\n").find("version 2"), std::string::npos);
    EXPECT_NE(refusal("memory-collector-oom-trace,1\n").find("interval_us"), std::string::npos);
}

// Damaged in any place it is read or refused, and never anything else.
TEST(OomTrace, SurvivesMutations)
{
    TraceHeader header;
    header.interval_ns = 100'000'000;
    const RecordedTrace trace{header, [](Observer &to) { tell(to, 0); }};
    std::mt19937_64 random{11};
    int refused = 0;
    for (int round = 0; round < 2000; round++) {
        std::string text = trace.text().substr(0, 4000);
        for (int change = 0; change < 3; change++) {
            const std::size_t at = random() % text.size();
            if (random() % 2 == 0)
                text[at] = static_cast<char>(random());
            else
                text.erase(at, random() % 9);
        }
        refused += refusal(text).empty() ? 0 : 1;
    }
    EXPECT_GT(refused, 200);
}

} // namespace
} // namespace memory_collector::oom
