// SPDX-License-Identifier: GPL-2.0-only
//
// The OOM columns of processes: of which places, and how they come into rows.
#include "model_support.h"
#include "oom/model_file.h"
#include "oom/row_forecast.h"
#include "sink/group_by.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

namespace memory_collector::oom {
namespace {

constexpr std::uint64_t interval = 100'000'000;
constexpr std::uint64_t mib = 1 << 20;

SignalValues memory(std::uint64_t limit, std::uint64_t anon)
{
    SignalValues signals;
    signals.set(Signal::limit, limit);
    signals.set(Signal::usage, anon);
    signals.set(Signal::anon, anon);
    signals.set(Signal::swap_limit, std::uint64_t{0});
    return signals;
}

// A host, /a that fills within a second or so, and /a/b and /c that do not.
class OomRowForecast : public ::testing::Test {
protected:
    void begin()
    {
        Observer &to = outlooks_.observer();
        to.appeared(now_, {});
        to.appeared(now_, {1, TargetKind::cgroup_v2, "/a"});
        to.appeared(now_, {2, TargetKind::cgroup_v2, "/a/b"});
        to.appeared(now_, {3, TargetKind::cgroup_v2, "/c"});
    }
    void sample(std::uint64_t leaked)
    {
        Observer &to = outlooks_.observer();
        now_ += interval;
        to.sampled(now_, host_target, memory(100'000 * mib, 1000 * mib));
        to.sampled(now_, 1, memory(100 * mib, leaked));
        to.sampled(now_, 2, memory(1000 * mib, 10 * mib));
        to.sampled(now_, 3, memory(100 * mib, 10 * mib));
        ProcessSample grows;
        grows.pid = 7;
        grows.anon = leaked;
        to.looked(now_, 1, {&grows, 1});
        to.round_ended(now_);
    }
    Real within_10s(std::string_view path) { return outlooks_.of(path).columns.within[2]; }

    std::uint64_t now_ = 0;
    std::unique_ptr<Model> model_ = load_model(builtin_model_text, "built in", "linear");
    Outlooks outlooks_{EngineOptions{interval, 4096}, *model_};
};

TEST_F(OomRowForecast, IsOfTheGreatestOfAllPlacesAround)
{
    EXPECT_EQ(within_10s("/a"), std::nullopt);
    begin();
    sample(10 * mib);
    EXPECT_EQ(within_10s("/a"), std::nullopt); // no history yet
    for (std::uint64_t leaked = 12; leaked <= 90; leaked += 2)
        sample(leaked * mib);
    EXPECT_GT(within_10s("/a").value(), 0.9);
    EXPECT_EQ(within_10s("/a/b"), within_10s("/a"));
    EXPECT_EQ(within_10s("/a/b/c/d"), within_10s("/a"));
    EXPECT_LT(within_10s("/ab").value(), 0.01);
    EXPECT_LT(within_10s("/c").value(), 0.01);
    EXPECT_LT(within_10s("/").value(), 0.01);
    EXPECT_EQ(within_10s("/elsewhere/deep"), within_10s("/"));

    const Outlooks::Outlook there = outlooks_.of("/a/b");
    ASSERT_NE(there.suspects, nullptr);
    EXPECT_EQ(there.suspects->victim->pid, 7U);
    EXPECT_NEAR(there.columns.expected_s.value(), 0.5, 0.3); // 10 MiB left, 20 MiB/s
    EXPECT_EQ(outlooks_.of("/c").columns.expected_s, std::nullopt);
    for (std::size_t i = 1; i < there.columns.within.size(); i++)
        EXPECT_GE(there.columns.within.at(i), there.columns.within.at(i - 1));

    // A place that has just come has no history: what is said of the others is not all.
    outlooks_.observer().appeared(now_, {4, TargetKind::cgroup_v2, "/a/new"});
    outlooks_.observer().sampled(now_, 4, memory(mib, 0));
    outlooks_.observer().round_ended(now_);
    EXPECT_EQ(within_10s("/a/new"), std::nullopt);
    outlooks_.observer().vanished(now_, 4);
    outlooks_.observer().vanished(now_, 1);
    outlooks_.observer().round_ended(now_);
    EXPECT_LT(within_10s("/a/new").value(), 0.01);
}

class Rows : public ForwardingSink {
public:
    void process(const ProcessRow &row) override { processes.push_back(row); }
    void group(const GroupRow &row) override { groups.push_back(row); }
    void interval(const IntervalRow &) override {}
    std::vector<ProcessRow> processes;
    std::vector<GroupRow> groups;

protected:
    Sink &next() override { return *this; }
};

TEST(OomColumns, AreNullUnlessAskedFor)
{
    Rows rows;
    RowForecast forecast{rows};
    EXPECT_EQ(forecast.round(1), UINT64_MAX);
    ProcessRow row;
    row.memory_cgroup = "/";
    forecast.process(row);
    forecast.switch_on(true);
    // This very host: it has memory to spare, but what exactly is said of it is not known.
    std::uint64_t now = 0;
    for (int i = 0; i < 8; i++) {
        const std::uint64_t due = forecast.round(now);
        EXPECT_GT(due, now);
        EXPECT_LE(due, now + default_interval_ns);
        EXPECT_EQ(forecast.round(now), due); // not twice
        now = due;
    }
    forecast.process(row);
    row.type = RowType::process_total;
    forecast.process(row);
    row.type = RowType::process;
    row.memory_cgroup = {};
    forecast.process(row);
    forecast.switch_on(false);
    row.memory_cgroup = "/";
    forecast.process(row);
    std::vector<bool> known;
    for (const ProcessRow &each : rows.processes)
        known.push_back(each.oom.within[0].has_value() && each.oom.within[3].has_value());
    EXPECT_EQ(known, (std::vector<bool>{false, true, false, false, false}));
}

TEST(OomColumns, OfSeveralProcessesAreTheWorst)
{
    auto kept = std::make_unique<Rows>();
    Rows &rows = *kept;
    const auto groups = grouped_by(GroupBy::container, std::move(kept));
    ProcessRow row;
    row.oom.within = {0.1, 0.2, {}, 0.9};
    row.oom.expected_s = 7;
    groups->process(row);
    row.oom.within = {0.3, 0.1, {}, 0.4};
    row.oom.expected_s = 3;
    groups->process(row);
    row.oom = {};
    groups->process(row);
    groups->interval({});
    ASSERT_EQ(rows.groups.size(), 1U);
    EXPECT_EQ(rows.groups[0].oom.within, (std::array<Real, 4>{0.3, 0.2, {}, 0.9}));
    EXPECT_EQ(rows.groups[0].oom.expected_s, 3);
}

} // namespace
} // namespace memory_collector::oom
