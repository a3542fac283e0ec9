// SPDX-License-Identifier: GPL-2.0-only
//
// Properties of whole reports, from simulated modules whose truth is known.
#include "model_support.h"

#include <gtest/gtest.h>

#include <map>
#include <set>
#include <tuple>

namespace memory_collector {
namespace {

using nlohmann::json;
using testing::ms;
using testing::of_type;
using testing::Simulation;
using testing::SimulationOptions;

ModelOptions ten_ms()
{
    ModelOptions options;
    options.interval_ns = 10 * ms;
    return options;
}

ProcessKey key_of(const json &row)
{
    return {row["start_time_ns"], row["pid"]};
}

// Null where every sample of its traffic was lost.
std::int64_t bytes_of(const json &row)
{
    return row["total_bytes"].is_null() ? 0 : row["total_bytes"].get<std::int64_t>();
}

class Simulated : public ::testing::TestWithParam<std::tuple<unsigned, bool>> {
protected:
    Simulated()
    {
        options.seed = std::get<0>(GetParam());
        options.short_lives = std::get<1>(GetParam());
    }
    SimulationOptions options;
};

TEST_P(Simulated, EveryProcessGetsWhatItMovedInEveryInterval)
{
    const Simulation simulation{options};
    const auto rows = testing::replay(testing::pages_of(simulation.streams()), ten_ms());
    ASSERT_GE(of_type(rows, "interval").size(), options.slots / 10);
    std::uint64_t seen = 0;
    for (const json &row : of_type(rows, "process")) {
        ASSERT_EQ(row["total_bytes"], simulation.moved(key_of(row), row["start_ns"], row["end_ns"])) << row;
        ASSERT_EQ(row["remote_bytes"],
                  row["total_bytes"].get<std::uint64_t>() - row["local_bytes"].get<std::uint64_t>());
        seen += row["total_bytes"].get<std::uint64_t>();
    }
    std::uint64_t totals = 0;
    std::set<std::pair<std::uint64_t, std::uint64_t>> once;
    for (const json &row : of_type(rows, "process_total")) {
        EXPECT_TRUE(once.emplace(row["pid"], row["start_time_ns"]).second) << "two totals of " << row;
        ASSERT_EQ(row["total_bytes"], simulation.moved(key_of(row), 0, simulation.last_slot_ns())) << row;
        totals += row["total_bytes"].get<std::uint64_t>();
    }
    EXPECT_GT(seen, 0u);
    EXPECT_EQ(seen, totals);
}

TEST_P(Simulated, ProcessesAndUnattributedAreTheDomain)
{
    const Simulation simulation{options};
    const auto rows = testing::replay(testing::pages_of(simulation.streams()), ten_ms());
    std::map<std::uint64_t, std::uint64_t> processes;
    for (const json &row : of_type(rows, "process"))
        processes[row["end_ns"]] += row["total_bytes"].get<std::uint64_t>();
    std::map<std::uint64_t, std::uint64_t> domains;
    std::map<std::uint64_t, std::int64_t> unattributed;
    for (const json &row : of_type(rows, "domain")) {
        EXPECT_EQ(row["lost_bytes"], 0) << row;
        EXPECT_EQ(row["unattributed_bytes"],
                  simulation.unattributed(row["domain"], row["start_ns"], row["end_ns"]))
            << row;
        domains[row["end_ns"]] += row["total_bytes"].get<std::uint64_t>();
        unattributed[row["end_ns"]] += row["unattributed_bytes"].get<std::int64_t>();
    }
    ASSERT_GE(domains.size(), options.slots / 10);
    for (const auto &[end, bytes] : domains)
        EXPECT_EQ(bytes, processes[end] + static_cast<std::uint64_t>(unattributed[end])) << end;
}

TEST_P(Simulated, LiveAndRecordingGiveTheSameReport)
{
    const Simulation simulation{options};
    const auto pages = testing::pages_of(simulation.streams());
    const auto recorded = testing::replay(pages, ten_ms());
    for (unsigned seed = 1; seed <= 5; seed++) {
        const auto read_live = testing::live(pages, ten_ms(), seed);
        ASSERT_EQ(read_live.size(), recorded.size()) << "seed " << seed;
        for (std::size_t i = 0; i < recorded.size(); i++)
            ASSERT_EQ(read_live[i], recorded[i]) << "seed " << seed;
    }
}

TEST_P(Simulated, TheNumbersOfTheCpusDoNotMatter)
{
    const Simulation simulation{options};
    auto pages = testing::pages_of(simulation.streams());
    const auto plain = testing::replay(pages, ten_ms());
    std::reverse(pages.begin(), pages.end());
    const auto reversed = testing::replay(pages, ten_ms());
    for (const char *type : {"process", "domain", "interval"})
        EXPECT_EQ(of_type(reversed, type), of_type(plain, type));
}

TEST_P(Simulated, LostEventsAreCountedAndConserved)
{
    const Simulation simulation{options};
    auto streams = simulation.streams();
    // A hole in CPU 1's ring, between two of its ticks.
    std::vector<testing::Event> &stream = streams[1];
    const std::size_t from = stream.size() / 3;
    const std::size_t count = stream.size() / 4;
    const std::vector<testing::Event> before{stream.begin(),
                                             stream.begin() + static_cast<std::ptrdiff_t>(from)};
    const std::vector<testing::Event> after{stream.begin() + static_cast<std::ptrdiff_t>(from + count),
                                            stream.end()};
    auto pages = testing::pages_of({before, after});
    // The ring's own count comes with the first page behind the hole.
    testing::Bytes &page = pages[1][0].page;
    std::uint64_t commit = 0;
    std::memcpy(&commit, page.data() + 8, 8);
    std::uint64_t marked = commit | 3ull << 30;
    std::memcpy(page.data() + 8, &marked, 8);
    std::memcpy(page.data() + 16 + commit, &count, 8);
    streams[1] = {};
    auto all = testing::pages_of(streams);
    all[1] = pages[0];
    all[1].insert(all[1].end(), pages[1].begin(), pages[1].end());

    const auto rows = testing::replay(all, ten_ms());
    std::uint64_t lost = 0;
    for (const json &row : of_type(rows, "interval"))
        lost += row["lost_events"].get<std::uint64_t>();
    EXPECT_EQ(lost, count);
    const auto loss = of_type(rows, "loss");
    ASSERT_EQ(loss.size(), options.cpus);
    EXPECT_EQ(loss[1]["lost"], count);
    EXPECT_EQ(loss[1]["ring_overrun"], count);
    for (const json &row : loss)
        EXPECT_EQ(row["emitted"].get<std::uint64_t>(),
                  row["read"].get<std::uint64_t>() + row["lost"].get<std::uint64_t>());
    // Conservation holds by what is said to be lost; no process gets more than
    // it moved.
    std::map<std::uint64_t, std::int64_t> balance;
    for (const json &row : of_type(rows, "process"))
        balance[row["end_ns"]] += bytes_of(row);
    for (const json &row : of_type(rows, "domain"))
        balance[row["end_ns"]] +=
            row["unattributed_bytes"].get<std::int64_t>() - row["total_bytes"].get<std::int64_t>();
    for (const auto &[end, difference] : balance)
        EXPECT_EQ(difference, 0) << end;
    for (const json &row : of_type(rows, "process_total"))
        EXPECT_LE(bytes_of(row),
                  static_cast<std::int64_t>(simulation.moved(key_of(row), 0, simulation.last_slot_ns())))
            << row;
}

INSTANTIATE_TEST_SUITE_P(Seeds, Simulated, ::testing::Combine(::testing::Range(1u, 9u), ::testing::Bool()));

} // namespace
} // namespace memory_collector
