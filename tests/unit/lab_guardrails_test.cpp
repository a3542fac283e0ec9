// SPDX-License-Identifier: GPL-2.0-only
//
// What is left of memory and processes, on made hosts of cgroup v1 and v2.
#include "host_support.h"
#include "lab/guardrails.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace memory_collector::lab {
namespace {

constexpr std::uint64_t mib = 1 << 20;
constexpr const char *meminfo = "MemTotal:       8192000 kB\nMemFree:  1 kB\nMemAvailable:   4096000 kB\n";
constexpr const char *unlimited_v1 = "9223372036854771712\n";

const Pool *pool_named(const std::vector<Pool> &pools, std::string_view part)
{
    const auto at = std::ranges::find_if(
        pools, [&](const Pool &pool) { return pool.name.find(part) != std::string::npos; });
    return at == pools.end() ? nullptr : &*at;
}

// Limits at two levels of either kind of hierarchy: /a has 300 MiB, /a/b 200, of which 120 are used, 20 by
// cache.
void make_v2(testing::FakeHost &host)
{
    host.write("/proc/meminfo", meminfo);
    host.write("/proc/self/mountinfo", "30 20 0:26 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n");
    host.write("/proc/self/cgroup", "0::/a/b/c\n");
    host.write("/sys/fs/cgroup/cgroup.controllers", "cpu memory pids\n");
    host.write("/sys/fs/cgroup/a/memory.max", std::to_string(300 * mib));
    host.write("/sys/fs/cgroup/a/memory.current", std::to_string(290 * mib));
    host.write("/sys/fs/cgroup/a/memory.stat", "anon 1\nfile 7\ninactive_file 0\n");
    host.write("/sys/fs/cgroup/a/b/memory.max", std::to_string(200 * mib));
    host.write("/sys/fs/cgroup/a/b/memory.current", std::to_string(120 * mib));
    host.write("/sys/fs/cgroup/a/b/memory.stat", "anon 1\ninactive_file " + std::to_string(20 * mib) + "\n");
    host.write("/sys/fs/cgroup/a/b/c/memory.max", "max\n");
    host.write("/sys/fs/cgroup/a/b/c/memory.current", "5\n");
    host.write("/sys/fs/cgroup/a/pids.max", "100\n");
    host.write("/sys/fs/cgroup/a/pids.current", "90\n");
    host.write("/sys/fs/cgroup/a/b/pids.max", "max\n");
    host.write("/sys/fs/cgroup/a/b/pids.current", "90\n");
}

void make_v1(testing::FakeHost &host)
{
    host.write("/proc/meminfo", meminfo);
    host.write("/proc/self/mountinfo", "30 20 0:26 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n"
                                       "31 20 0:27 / /sys/fs/cgroup/pids rw - cgroup cgroup rw,pids\n");
    host.write("/proc/self/cgroup", "5:pids:/p\n4:memory:/a/b/c\n0::/\n");
    const std::string memory = "/sys/fs/cgroup/memory";
    host.write(memory + "/memory.limit_in_bytes", unlimited_v1);
    host.write(memory + "/memory.usage_in_bytes", "1\n");
    host.write(memory + "/a/memory.limit_in_bytes", std::to_string(300 * mib));
    host.write(memory + "/a/memory.usage_in_bytes", std::to_string(290 * mib));
    host.write(memory + "/a/memory.stat", "inactive_file 5\ntotal_inactive_file 0\n");
    host.write(memory + "/a/b/memory.limit_in_bytes", std::to_string(200 * mib));
    host.write(memory + "/a/b/memory.usage_in_bytes", std::to_string(120 * mib));
    host.write(memory + "/a/b/memory.stat",
               "inactive_file 0\ntotal_inactive_file " + std::to_string(20 * mib) + "\n");
    host.write(memory + "/a/b/c/memory.limit_in_bytes", unlimited_v1);
    host.write(memory + "/a/b/c/memory.usage_in_bytes", "5\n");
    host.write("/sys/fs/cgroup/pids/p/pids.max", "100\n");
    host.write("/sys/fs/cgroup/pids/p/pids.current", "90\n");
}

TEST(LabGuardrails, EveryLimitAboveTheProcessCounts)
{
    for (const auto make : {make_v1, make_v2}) {
        testing::FakeHost host;
        make(host);
        const auto pools = memory_pools(host.paths());
        ASSERT_EQ(pools.size(), 3u);
        EXPECT_EQ(pools[0].size, 8'192'000ull << 10);
        EXPECT_EQ(pools[0].available, 4'096'000ull << 10);
        EXPECT_FALSE(pools[0].is_cgroup);
        const Pool *const near = pool_named(pools, "/a/b");
        ASSERT_NE(near, nullptr);
        EXPECT_EQ(near->size, 200 * mib);
        EXPECT_EQ(near->available, 100 * mib);
        const Pool *const far = pool_named(pools, "/a");
        ASSERT_NE(far, nullptr);
        EXPECT_EQ(pools.back().available, 10 * mib);
    }
}

// Above it nobody is killed, but nothing goes on either.
TEST(LabGuardrails, MemoryHighIsALimitWhereItIsTheLower)
{
    testing::FakeHost host;
    make_v2(host);
    host.write("/sys/fs/cgroup/a/b/memory.high", std::to_string(150 * mib));
    host.write("/sys/fs/cgroup/a/b/c/memory.high", std::to_string(40 * mib));
    host.write("/sys/fs/cgroup/a/memory.high", "max\n");
    const auto pools = memory_pools(host.paths());
    ASSERT_EQ(pools.size(), 4u);
    const auto own = pool_named(pools, "/a/b/c (memory.high)");
    ASSERT_NE(own, nullptr);
    EXPECT_EQ(own->available, 40 * mib - 5);
    const auto above = pool_named(pools, "/a/b (memory.high)");
    ASSERT_NE(above, nullptr);
    EXPECT_EQ(above->size, 150 * mib);
    EXPECT_EQ(above->available, 50 * mib);
    EXPECT_EQ(pools.back().name, "memory cgroup /a");
    host.write("/sys/fs/cgroup/a/b/memory.high", std::to_string(200 * mib));
    EXPECT_EQ(pool_named(memory_pools(host.paths()), "/a/b (memory.high)"), nullptr);
}

TEST(LabGuardrails, WhatIsShortIsNamed)
{
    testing::FakeHost host;
    make_v2(host);
    auto pools = memory_pools(host.paths());
    pools.pop_back(); // /a, which has 10 MiB
    // 5% of 200 MiB stay free.
    EXPECT_EQ(memory_problem_before(pools, 90 * mib, true), "");
    const std::string problem = memory_problem_before(pools, 90 * mib + 1, true);
    EXPECT_NE(problem.find("memory cgroup /a/b"), std::string::npos) << problem;
    EXPECT_NE(problem.find("90.0 MiB are wanted, and 100 MiB of 200 MiB"), std::string::npos) << problem;
    EXPECT_EQ(memory_problem_before(pools, 90 * mib + 1, false), "");
    const std::string machine = memory_problem_before(pools, 4'096'000ull << 10, false);
    EXPECT_NE(machine.find("MemAvailable"), std::string::npos) << machine;

    EXPECT_EQ(memory_problem_during(pools, true), "");
    pools.back().available = 5 * mib; // 2.5%
    EXPECT_EQ(memory_problem_during(pools, true), "");
    pools.back().available--;
    EXPECT_NE(memory_problem_during(pools, true).find("memory runs out"), std::string::npos);
    EXPECT_EQ(memory_problem_during(pools, false), "");
}

TEST(LabGuardrails, ProcessesAreLimitedByTheCgroupsToo)
{
    for (const auto make : {make_v1, make_v2}) {
        testing::FakeHost host;
        make(host);
        auto rooms = process_rooms(host.paths());
        std::erase_if(rooms, [](const ProcessRoom &room) { return room.name.starts_with("RLIMIT"); });
        ASSERT_EQ(rooms.size(), 1u);
        EXPECT_EQ(rooms[0].limit, 100u);
        EXPECT_EQ(rooms[0].used, 90u);
        EXPECT_EQ(process_problem(rooms, 10), "");
        const std::string problem = process_problem(rooms, 11);
        EXPECT_NE(problem.find("90 of 100 are taken by pids.max of cgroup"), std::string::npos) << problem;
    }
}

TEST(LabGuardrails, AHostThatTellsNothingLimitsNothing)
{
    testing::FakeHost host;
    EXPECT_TRUE(memory_pools(host.paths()).empty());
    host.write("/proc/meminfo", "MemTotal: x kB\nMemAvailable:\n");
    host.write("/proc/self/cgroup", "garbage\n::\n1:memory\n");
    host.write("/proc/self/mountinfo", "x\n");
    EXPECT_TRUE(memory_pools(host.paths()).empty());
}

} // namespace
} // namespace memory_collector::lab
