// SPDX-License-Identifier: GPL-2.0-only
#include "model_support.h"
#include "sink/forwarding_sink.h"
#include "sink/group_by.h"
#include "support/files.h"

#include <gtest/gtest.h>

#include <sys/wait.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>

namespace memory_collector {
namespace {

using nlohmann::json;
using testing::ms;
using testing::of_type;
using Span = std::pair<std::uint64_t, std::uint64_t>;

constexpr const char *summed[] = {"cpu_time_ns",     "rss_bytes",   "rss_anon_bytes", "rss_file_bytes",
                                  "rss_shmem_bytes", "swap_bytes",  "min_flt",        "maj_flt",
                                  "total_bytes",     "local_bytes", "remote_bytes",   "llc_bytes_mean"};
constexpr const char *largest[] = {"peak_bytes_per_s", "llc_bytes_max"};

// Owned elsewhere.
class Borrowed : public ForwardingSink {
public:
    explicit Borrowed(Sink &to) : to_(to) {}

protected:
    Sink &next() override { return to_; }

private:
    Sink &to_;
};

const std::string ids[] = {std::string(64, 'a'), std::string(64, 'b'), std::string(64, 'c')};
const std::string paths[] = {"/docker/" + ids[0], "/docker/" + ids[1], "/docker/" + ids[1] + "/sub"};

// Places processes in cgroups by their pid, and writes their own rows beside
// those of the groups.
class Placing : public ForwardingSink {
public:
    Placing(GroupBy by, Sink &to) : to_(to), groups_(grouped_by(by, std::make_unique<Borrowed>(to))) {}
    void process(const ProcessRow &row) override
    {
        ProcessRow placed = row;
        switch (row.pid % 5) {
        case 0: // too short a life for anybody to look
            break;
        case 1:
            placed.cgroup = "/system.slice/ssh.service";
            placed.unit = "ssh.service";
            break;
        default:
            placed.cgroup = paths[row.pid % 5 - 2];
            placed.container = ids[row.pid % 5 == 2 ? 0 : 1];
            placed.container_runtime = "docker";
        }
        to_.process(placed);
        groups_->process(placed);
    }
    void group(const GroupRow &) override {}

protected:
    Sink &next() override { return *groups_; }

private:
    Sink &to_;
    std::unique_ptr<Sink> groups_;
};

Span span(const json &row)
{
    return {row["start_ns"], row["end_ns"]};
}

struct Sum {
    std::uint64_t known = 0;
    std::uint64_t value = 0;
    std::uint64_t most = 0;

    void add(const json &cell)
    {
        if (cell.is_null())
            return;
        known++;
        value += cell.get<std::uint64_t>();
        most = std::max(most, cell.get<std::uint64_t>());
    }
};

std::map<std::pair<Span, std::string>, Sum> sums(const std::vector<json> &rows)
{
    std::map<std::pair<Span, std::string>, Sum> all;
    for (const json &row : rows) {
        for (const char *const column : summed)
            all[{span(row), column}].add(row[column]);
        for (const char *const column : largest)
            all[{span(row), column}].add(row[column]);
    }
    return all;
}

class Grouped : public ::testing::TestWithParam<std::tuple<unsigned, bool, GroupBy>> {
protected:
    void SetUp() override
    {
        testing::SimulationOptions options;
        options.seed = std::get<0>(GetParam());
        options.short_lives = std::get<1>(GetParam());
        options.processes = 20;
        const testing::Simulation simulation{options};
        ModelOptions model_options;
        model_options.interval_ns = 10 * ms;
        rows = testing::rows_of([&](Sink &sink) {
            Placing placing{by(), sink};
            testing::replay_into(testing::pages_of(simulation.streams()), model_options, placing);
        });
        groups = of_type(rows, by() == GroupBy::cgroup ? "cgroup" : "container");
        processes = of_type(rows, "process");
    }
    static GroupBy by() { return std::get<2>(GetParam()); }
    static const char *key() { return by() == GroupBy::cgroup ? "cgroup" : "container"; }

    std::vector<json> rows;
    std::vector<json> groups;
    std::vector<json> processes;
};

TEST_P(Grouped, GroupsAndWhatHasNoneAddUpToTheProcesses)
{
    ASSERT_GT(processes.size(), 50u);
    const auto by_process = sums(processes);
    const auto by_group = sums(groups);
    ASSERT_EQ(by_process.size(), by_group.size());
    for (const auto &[place, sum] : by_process) {
        const Sum &of_groups = by_group.at(place);
        EXPECT_EQ(of_groups.known == 0, sum.known == 0) << place.second;
        EXPECT_GE(of_groups.most, sum.most) << place.second;
        if (std::find(std::begin(largest), std::end(largest), place.second) != std::end(largest)) {
            EXPECT_EQ(of_groups.most, sum.most) << place.second;
        } else {
            EXPECT_EQ(of_groups.value, sum.value) << place.second;
        }
    }
    std::map<Span, std::uint64_t> members;
    for (const json &row : processes)
        members[span(row)]++;
    for (const json &row : groups)
        members[span(row)] -= row["processes"].get<std::uint64_t>();
    for (const auto &[when, left] : members)
        EXPECT_EQ(left, 0u) << when.first;
}

TEST_P(Grouped, EachIsTheSumOfItsOwn)
{
    std::map<std::pair<Span, json>, std::uint64_t> bytes;
    std::map<std::pair<Span, json>, std::set<json>> flags;
    for (const json &row : processes) {
        const std::pair<Span, json> place{span(row), row[key()]};
        bytes[place] += row["total_bytes"].is_null() ? 0 : row["total_bytes"].get<std::uint64_t>();
        flags[place].insert(row["flags"].begin(), row["flags"].end());
        if (row["cgroup"].is_null())
            flags[place].insert("cgroup_unknown");
    }
    ASSERT_EQ(groups.size(), bytes.size()) << "one row for each";
    std::set<json> seen;
    for (const json &row : groups) {
        const std::pair<Span, json> place{span(row), row[key()]};
        ASSERT_TRUE(bytes.contains(place)) << row;
        EXPECT_EQ(row["total_bytes"].is_null() ? 0 : row["total_bytes"].get<std::uint64_t>(), bytes[place]);
        EXPECT_EQ(std::set<json>(row["flags"].begin(), row["flags"].end()), flags[place]);
        EXPECT_EQ(row["container_runtime"].is_null(), row["container"].is_null()) << row;
        EXPECT_EQ(row["unit"] == "ssh.service", row["cgroup"] == "/system.slice/ssh.service") << row;
        seen.insert(row[key()]);
    }
    EXPECT_EQ(seen.size(), by() == GroupBy::cgroup ? 5u : 3u);
}

TEST_P(Grouped, WithWhatIsUnattributedTheyAreTheDomains)
{
    std::map<Span, std::int64_t> left;
    for (const json &row : of_type(rows, "domain"))
        left[span(row)] +=
            row["total_bytes"].get<std::int64_t>() - row["unattributed_bytes"].get<std::int64_t>();
    ASSERT_GT(left.size(), 3u);
    for (const json &row : groups)
        if (!row["total_bytes"].is_null())
            left[span(row)] -= row["total_bytes"].get<std::int64_t>();
    for (const auto &[when, bytes] : left)
        EXPECT_EQ(bytes, 0) << when.first;
}

TEST_P(Grouped, RowsComeBeforeTheirInterval)
{
    std::uint64_t closed = 0;
    for (const json &row : rows) {
        if (row["type"] == "interval") {
            closed = row["end_ns"];
        } else if (row["type"] == key()) {
            EXPECT_GT(row["end_ns"].get<std::uint64_t>(), closed);
        }
    }
    EXPECT_NE(closed, 0u);
}

INSTANTIATE_TEST_SUITE_P(Seeds, Grouped,
                         ::testing::Combine(::testing::Values(1u, 2u, 3u), ::testing::Bool(),
                                            ::testing::Values(GroupBy::container, GroupBy::cgroup)));

ProcessRow process(std::uint32_t pid, Number bytes)
{
    ProcessRow row;
    row.pid = pid;
    row.end_ns = 1'000'000'000;
    row.cgroup = "/x";
    row.total_bytes = bytes;
    return row;
}

std::vector<json> grouped(GroupBy by, const std::function<void(Sink &)> &write)
{
    return testing::rows_of([&](Sink &sink) {
        const auto groups = grouped_by(by, std::make_unique<Borrowed>(sink));
        write(*groups);
        groups->finish();
    });
}

TEST(GroupBy, NothingKnownIsNullAndNever0)
{
    const auto rows = grouped(GroupBy::container, [](Sink &sink) {
        sink.process(process(1, {}));
        sink.process(process(2, {}));
        sink.interval({});
        sink.process(process(1, {}));
        sink.process(process(2, 7));
    });
    ASSERT_EQ(rows.size(), 3u) << "what no interval row follows is not lost";
    EXPECT_TRUE(rows[0]["total_bytes"].is_null());
    EXPECT_EQ(rows[0]["processes"], 2);
    EXPECT_EQ(rows[1]["type"], "interval");
    EXPECT_EQ(rows[2]["total_bytes"], 7);
    EXPECT_TRUE(rows[2]["flags"].empty());
}

TEST(GroupBy, TextOutlivesTheRowsItCameWith)
{
    const auto rows = grouped(GroupBy::container, [](Sink &sink) {
        for (const char letter : {'a', 'b'}) {
            const std::string id(64, letter);
            const std::string name = std::string{"a name that is no short string "} + letter;
            ProcessRow row = process(1, 1);
            row.container = id;
            sink.process(row);
            // Looked up when the record was there.
            row.container_name = name;
            sink.process(row);
        }
    });
    ASSERT_EQ(rows.size(), 2u);
    EXPECT_EQ(rows[0]["container"], std::string(64, 'a'));
    EXPECT_EQ(rows[0]["container_name"], "a name that is no short string a");
    EXPECT_EQ(rows[1]["container_name"], "a name that is no short string b");
    EXPECT_EQ(rows[1]["total_bytes"], 2);
}

TEST(GroupBy, TheSameNameOfTwoRuntimesIsTwoContainers)
{
    const auto rows = grouped(GroupBy::container, [](Sink &sink) {
        for (const char *const runtime : {"lxc", "systemd-nspawn", "lxc"}) {
            ProcessRow row = process(1, 1);
            row.container = row.container_name = "web";
            row.container_runtime = runtime;
            sink.process(row);
        }
    });
    ASSERT_EQ(rows.size(), 2u);
    EXPECT_EQ(rows[0]["container_runtime"], "lxc");
    EXPECT_EQ(rows[0]["processes"], 2);
    EXPECT_EQ(rows[1]["container_runtime"], "systemd-nspawn");
}

TEST(GroupBy, KernelThreadsHaveNoCgroupToKnow)
{
    const auto rows = grouped(GroupBy::cgroup, [](Sink &sink) {
        ProcessRow row = process(0, 1);
        row.cgroup.reset();
        row.flags = {"kernel_threads"};
        sink.process(row);
    });
    ASSERT_EQ(rows.size(), 1u);
    EXPECT_EQ(rows[0]["flags"], json::array({"kernel_threads"}));
}

TEST(GroupBy, ByProcessIsTheSinkItself)
{
    const auto rows = grouped(GroupBy::process, [](Sink &sink) { sink.process(process(1, 1)); });
    ASSERT_EQ(rows.size(), 1u);
    EXPECT_EQ(rows[0]["type"], "process");
}

// The program's own options.
class ByOption : public ::testing::Test {
protected:
    void SetUp() override
    {
        std::string name = ::testing::TempDir() + "by.XXXXXX";
        folder = ::mkdtemp(name.data());
    }
    void TearDown() override { std::filesystem::remove_all(folder); }
    int status_of(const std::string &arguments)
    {
        const std::string command = std::string{MC_PROGRAM} + " " + arguments + " 2>" + folder + "/error";
        const int status = std::system(command.c_str());
        error = read_file(folder + "/error");
        return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    }
    std::string folder;
    std::string error;
};

TEST_F(ByOption, ARecordingKnowsNoCgroup)
{
    for (const char *const by : {"container", "cgroup"}) {
        EXPECT_EQ(status_of("report --by " + std::string{by} + " no-such-file.dat"), 2);
        EXPECT_NE(error.find("a recording does not tell the cgroup"), std::string::npos) << error;
        EXPECT_NE(error.find("--by process"), std::string::npos) << error;
    }
    // That is then about the file.
    EXPECT_EQ(status_of("report --by process no-such-file.dat"), 1);
    EXPECT_NE(error.find("no-such-file.dat"), std::string::npos) << error;
}

TEST_F(ByOption, WhatIsNoneNamesThoseThereAre)
{
    for (const char *const command : {"run", "report no-such-file.dat"}) {
        EXPECT_EQ(status_of(std::string{command} + " --by pod"), 2);
        EXPECT_NE(error.find("--by: 'pod' is none of process, container, cgroup"), std::string::npos)
            << error;
    }
}

} // namespace
} // namespace memory_collector
