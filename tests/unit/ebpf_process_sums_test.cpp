// SPDX-License-Identifier: GPL-2.0-only
//
// Tasks of the eBPF iterator, summed up by process.
#include "source/ebpf/task_iterator.h"

#include <memory_collector/abi.h>

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>

namespace memory_collector {
namespace {

using ebpf::ProcessState;
using ebpf::ProcessSums;

mc_bpf_task task(std::uint32_t tgid, std::uint32_t flags, std::uint64_t runtime, const char *comm = "worker")
{
    mc_bpf_task record{};
    record.tgid = tgid;
    record.start_time_ns = 1000 + tgid;
    record.flags = flags;
    record.runtime_ns = runtime;
    record.min_flt = 2;
    record.maj_flt = 1;
    record.ppid = 1;
    record.cgroup_id = 77;
    std::memcpy(record.comm, comm, std::min(std::strlen(comm), sizeof(record.comm) - 1));
    return record;
}

TEST(ProcessSums, ThreadsAddUpWhateverTheirOrder)
{
    for (const bool leader_first : {true, false}) {
        const mc_bpf_task leader = task(9, MC_BPF_TASK_LEADER, 100, "server");
        const mc_bpf_task thread = task(9, 0, 20);
        ProcessSums sums;
        sums.add(leader_first ? leader : thread);
        sums.add(leader_first ? thread : leader);
        sums.add(thread);
        ASSERT_EQ(sums.processes().size(), 1u);
        const ProcessState &process = sums.processes()[0];
        EXPECT_EQ(process.key, (ProcessKey{1009, 9}));
        EXPECT_EQ(process.runtime_ns, 140u);
        EXPECT_EQ(process.min_flt, 6u);
        EXPECT_EQ(process.maj_flt, 3u);
        EXPECT_STREQ(process.comm, "server") << "a thread's name is not the process's";
        EXPECT_EQ(process.cgroup_id, 77u);
    }
}

TEST(ProcessSums, MemoryIsCountedOnce)
{
    mc_bpf_task leader = task(9, MC_BPF_TASK_LEADER, 1);
    mc_bpf_task thread = task(9, MC_BPF_TASK_MEMORY, 1);
    thread.pages[1] = 50;
    ProcessSums sums;
    sums.add(leader); // has ended: its memory is known by a thread only
    sums.add(thread);
    sums.add(thread);
    ASSERT_EQ(sums.processes().size(), 1u);
    EXPECT_EQ(sums.processes()[0].pages[1], 50u);
}

TEST(ProcessSums, KernelThreadsAreOneProcess)
{
    ProcessSums sums;
    sums.add(task(2, MC_BPF_TASK_LEADER | MC_BPF_TASK_KERNEL, 5, "kthreadd"));
    sums.add(task(31, MC_BPF_TASK_LEADER | MC_BPF_TASK_KERNEL, 7, "kswapd0"));
    sums.add(task(31, MC_BPF_TASK_LEADER, 7, "user"));
    ASSERT_EQ(sums.processes().size(), 2u);
    const ProcessState &kernel = sums.processes()[0];
    EXPECT_EQ(kernel.key, (ProcessKey{1002, MC_KERNEL_THREADS_PID}));
    EXPECT_EQ(kernel.runtime_ns, 12u);
    EXPECT_STREQ(kernel.comm, "kthreadd");
}

TEST(ProcessSums, ANameWithoutAnEndIsCut)
{
    mc_bpf_task leader = task(9, MC_BPF_TASK_LEADER, 1);
    std::memset(leader.comm, 'x', sizeof(leader.comm));
    ProcessSums sums;
    sums.add(leader);
    EXPECT_EQ(std::strlen(sums.processes()[0].comm), sizeof(leader.comm) - 1);
}

TEST(ProcessSums, EachPassBeginsAnew)
{
    ProcessSums sums;
    sums.add(task(9, MC_BPF_TASK_LEADER, 100));
    sums.clear();
    EXPECT_TRUE(sums.processes().empty());
    sums.add(task(9, MC_BPF_TASK_LEADER, 101));
    EXPECT_EQ(sums.processes()[0].runtime_ns, 101u);
}

} // namespace
} // namespace memory_collector
