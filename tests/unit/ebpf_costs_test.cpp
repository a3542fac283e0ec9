// SPDX-License-Identifier: GPL-2.0-only
#include "source/ebpf/cpu_budget.h"
#include "source/ebpf/kernel_symbols.h"

#include <gtest/gtest.h>

#include <sstream>

namespace memory_collector::ebpf {
namespace {

constexpr std::uint64_t second = 1'000'000'000;

TEST(CpuBudget, IsExceededByThreeIntervalsInARow)
{
    CpuBudget budget{0.01};
    EXPECT_FALSE(budget.exceeded(second, 11'000'000));
    EXPECT_FALSE(budget.exceeded(second, 11'000'000));
    EXPECT_TRUE(budget.exceeded(second, 11'000'000));
    EXPECT_FALSE(budget.exceeded(second, 11'000'000)) << "it counts anew";
}

TEST(CpuBudget, APeakIsForgiven)
{
    CpuBudget budget{0.01};
    for (int i = 0; i < 10; i++) {
        EXPECT_FALSE(budget.exceeded(second, second));
        EXPECT_FALSE(budget.exceeded(second, second));
        EXPECT_FALSE(budget.exceeded(second, 10'000'000)) << "just the budget";
    }
}

TEST(CpuBudget, ShortIntervalsTakeASecondTogether)
{
    CpuBudget budget{0.01};
    int needed = 1;
    while (!budget.exceeded(second / 100, second / 100))
        needed++;
    EXPECT_EQ(needed, 100);
}

TEST(CpuBudget, HasRoomIfHalfAnIntervalWouldDo)
{
    CpuBudget budget{0.01};
    const auto three_times = [&](std::uint64_t spent) {
        const bool early = budget.has_room(second, spent) || budget.has_room(second, spent);
        return !early && budget.has_room(second, spent);
    };
    EXPECT_TRUE(three_times(4'000'000));
    EXPECT_FALSE(three_times(4'000'001)) << "twice as much would be near the budget";
    EXPECT_TRUE(three_times(0)) << "it counts anew";
}

constexpr const char *kallsyms = "0000000000000000 A hidden\n"
                                 "ffffffff81000000 T _stext\n"
                                 "ffffffff81000010 t mem_cgroup_out_of_memory.isra.0\n"
                                 "ffffffff81000010 t same_place\n"
                                 "ffffffff81000100 T out_of_memory\n"
                                 "ffffffff81000300 D out_of_memory\n"
                                 "ffffffff81000400 T _etext\n"
                                 "ffffffffc0000000 t out_of_memory_too\t[module]\n";

TEST(KernelSymbols, AReturnAddressIsInItsFunction)
{
    KernelSymbols symbols{{"mem_cgroup_out_of_memory", "out_of_memory", "moom_callback"}};
    EXPECT_FALSE(symbols.was_read());
    std::istringstream text{kallsyms};
    symbols.read(text);
    EXPECT_TRUE(symbols.was_read());
    EXPECT_TRUE(symbols.has("mem_cgroup_out_of_memory"));
    EXPECT_FALSE(symbols.has("moom_callback"));
    const auto in = [&](std::string_view function, std::uint64_t address) {
        const std::uint64_t stack[] = {0xffffffff80000000, address, 0, 0};
        return symbols.within(function, stack);
    };
    EXPECT_FALSE(in("mem_cgroup_out_of_memory", 0xffffffff81000010)) << "nothing returns to its beginning";
    EXPECT_TRUE(in("mem_cgroup_out_of_memory", 0xffffffff81000011));
    EXPECT_TRUE(in("mem_cgroup_out_of_memory", 0xffffffff81000100)) << "its last instruction is a call";
    EXPECT_FALSE(in("mem_cgroup_out_of_memory", 0xffffffff81000101));
    EXPECT_TRUE(in("out_of_memory", 0xffffffff81000101));
    EXPECT_FALSE(in("out_of_memory", 0xffffffff81000301)) << "data";
    EXPECT_FALSE(in("out_of_memory", 0xffffffffc0000001)) << "another's name";
    EXPECT_FALSE(in("moom_callback", 0xffffffff81000101));
}

TEST(KernelSymbols, HiddenAddressesSayNothing)
{
    KernelSymbols symbols{{"out_of_memory"}};
    std::istringstream text{"0000000000000000 T out_of_memory\n0000000000000000 T next\ndamaged\n\n"};
    symbols.read(text);
    EXPECT_FALSE(symbols.has("out_of_memory"));
}

} // namespace
} // namespace memory_collector::ebpf
