// SPDX-License-Identifier: GPL-2.0-only
//
// The kernel's texts as kernels write them, and texts that no kernel writes.
#include "oom/parse.h"

#include <gtest/gtest.h>

#include <array>
#include <functional>
#include <random>
#include <string>

namespace memory_collector::oom {
namespace {

constexpr std::uint64_t unknown = SignalValues::unknown;
constexpr std::uint64_t no_limit = SignalValues::no_limit;

constexpr std::string_view stat_v2 = "anon 1000\nfile 500\nkernel 300\nkernel_stack 16\npagetables 20\n"
                                     "sec_pagetables 0\npercpu 4\nsock 8\nvmalloc 2\nshmem 100\nzswap 0\n"
                                     "slab_reclaimable 60\nslab_unreclaimable 40\nslab 100\n"
                                     "workingset_refault_anon 3\nworkingset_refault_file 4\npgscan 50\n"
                                     "pgsteal 25\npgscan_direct 49\npgfault 9\npgmajfault 2\n";
constexpr std::string_view pressure = "some avg10=1.00 avg60=0.20 avg300=0.00 total=12345\n"
                                      "full avg10=0.50 avg60=0.10 avg300=0.00 total=678\n";
constexpr std::string_view stat_v1 = "cache 5\nrss 6\nshmem 1\nhierarchical_memory_limit 67108864\n"
                                     "total_cache 4096\ntotal_rss 66875392\ntotal_shmem 1024\ntotal_swap 7\n"
                                     "total_workingset_refault_anon 1\ntotal_workingset_refault_file 2\n"
                                     "total_pgmajfault 3\n";
constexpr std::string_view meminfo =
    "MemTotal:       1000 kB\nMemFree:         200 kB\nMemAvailable:    450 kB\nBuffers:          10 kB\n"
    "Cached:          290 kB\nSwapCached:        0 kB\nAnonPages:       300 kB\nShmem:            90 kB\n"
    "SReclaimable:     30 kB\nSUnreclaim:       20 kB\nSwapTotal:       500 kB\nSwapFree:        480 kB\n";
constexpr std::string_view vmstat =
    "nr_free_pages 1\npgscan_kswapd 10\npgscan_direct 20\npgscan_khugepaged 1\n"
    "pgscan_direct_throttle 99\npgsteal_kswapd 5\npgsteal_direct 6\n"
    "workingset_refault_anon 7\nworkingset_refault_file 8\npgmajfault 4\noom_kill 2\n";
constexpr std::string_view status = "Name:\tevil\nUmask:\t0022\nVmPTE:\t      8 kB\nRssAnon:\t     100 kB\n"
                                    "RssFile:\t      50 kB\nRssShmem:\t       4 kB\nVmSwap:\t       2 kB\n";
constexpr std::string_view kill_full =
    "6,1181,48294502255,-;oom-kill:constraint=CONSTRAINT_MEMCG,nodemask=(null),cpuset=/,mems_allowed=0,"
    "oom_memcg=/mc,try,task_memcg=/mc,try/below,task=a,task=b,pid=8730,uid=0\n SUBSYSTEM=x\n";
constexpr std::string_view kill_short =
    "3,1182,48294502282,-;Memory cgroup out of memory: Killed process 8730 (p) (x) total-vm:75160kB, "
    "anon-rss:65280kB, file-rss:6644kB, shmem-rss:0kB, UID:0 pgtables:184kB oom_score_adj:0\n";

TEST(OomParse, Amounts)
{
    EXPECT_EQ(parse_amount("4096\n"), 4096u);
    EXPECT_EQ(parse_amount("0"), 0u);
    EXPECT_EQ(parse_amount("max\n"), no_limit);
    EXPECT_EQ(parse_amount("9223372036854771712\n"), no_limit);
    EXPECT_EQ(parse_amount("18446744073709551615\n"), no_limit);
    for (const char *none : {"", "\n", "-1", "12x", "maximal", "99999999999999999999", "0x10", "+1"})
        EXPECT_EQ(parse_amount(none), std::nullopt) << none;
}

TEST(OomParse, CgroupV2)
{
    SignalValues to;
    parse_stat_v2(stat_v2, to);
    EXPECT_EQ(to.raw(Signal::anon), 1000u);
    EXPECT_EQ(to.raw(Signal::shmem), 100u);
    EXPECT_EQ(to.raw(Signal::file), 400u);
    EXPECT_EQ(to.raw(Signal::kernel), 300u - 100u + 8u);
    EXPECT_EQ(to.raw(Signal::slab_unreclaimable), 40u);
    EXPECT_EQ(to.raw(Signal::refault), 7u);
    EXPECT_EQ(to.raw(Signal::pgscan), 50u);
    EXPECT_EQ(to.raw(Signal::pgsteal), 25u);
    EXPECT_EQ(to.raw(Signal::major_faults), 2u);
    EXPECT_EQ(danger_bytes(to), 1000u + 100u + 40u + 208u);

    // Before 5.18 only the parts are there.
    std::string old{stat_v2};
    old.erase(old.find("kernel 300\n"), 11);
    SignalValues parts;
    parse_stat_v2(old, parts);
    EXPECT_EQ(parts.raw(Signal::kernel), 16u + 20u + 4u + 8u + 2u);

    parse_events_v2("low 0\nhigh 0\nmax 55\noom 3\noom_kill 2\noom_group_kill 9\n", to);
    EXPECT_EQ(to.raw(Signal::limit_hits), 55u);
    EXPECT_EQ(to.raw(Signal::oom_kills), 2u);
    parse_pressure(pressure, to);
    EXPECT_EQ(to.raw(Signal::psi_some_us), 12345u);
    EXPECT_EQ(to.raw(Signal::psi_full_us), 678u);
}

TEST(OomParse, CgroupV1)
{
    SignalValues to;
    parse_stat_v1(stat_v1, to);
    EXPECT_EQ(to.raw(Signal::anon), 66875392u);
    EXPECT_EQ(to.raw(Signal::shmem), 1024u);
    EXPECT_EQ(to.raw(Signal::file), 3072u);
    EXPECT_EQ(to.raw(Signal::swap), 7u);
    EXPECT_EQ(to.raw(Signal::refault), 3u);
    EXPECT_EQ(to.raw(Signal::slab_unreclaimable), unknown);
    parse_oom_control_v1("oom_kill_disable 0\nunder_oom 0\noom_kill 4\n", to);
    EXPECT_EQ(to.raw(Signal::oom_kills), 4u);
    // Kernels before 4.13 do not count.
    parse_oom_control_v1("oom_kill_disable 0\nunder_oom 0\n", to);
    EXPECT_EQ(to.raw(Signal::oom_kills), unknown);
}

TEST(OomParse, Host)
{
    SignalValues to;
    parse_meminfo(meminfo, to);
    EXPECT_EQ(to.raw(Signal::limit), 1000u * 1024);
    EXPECT_EQ(to.raw(Signal::usage), 800u * 1024);
    EXPECT_EQ(to.raw(Signal::file), 210u * 1024);
    // Used, and none of the rest: 800 - 10 - 290 - 300 - 30 - 20.
    EXPECT_EQ(to.raw(Signal::kernel), 150u * 1024);
    // The parts are the whole.
    EXPECT_EQ(*danger_bytes(to) + to.raw(Signal::file) + to.raw(Signal::slab_reclaimable),
              to.raw(Signal::usage));
    EXPECT_EQ(to.raw(Signal::swap), 20u * 1024);
    EXPECT_EQ(to.raw(Signal::swap_limit), 500u * 1024);
    parse_vmstat(vmstat, to);
    EXPECT_EQ(to.raw(Signal::pgscan), 31u);
    EXPECT_EQ(to.raw(Signal::pgsteal), 11u);
    EXPECT_EQ(to.raw(Signal::refault), 15u);
    EXPECT_EQ(to.raw(Signal::oom_kills), 2u);
    EXPECT_EQ(parse_swaps_zram("Filename\t\tType\t\tSize\t\tUsed\t\tPriority\n/dev/vda2 partition 4000 0 -2\n"
                               "/dev/zram0 partition 100 0 5\n/dev/zram1 partition 50 0 5\n"),
              150u * 1024);
    const auto zram = parse_zram("  1000  400  450 0 450 0 0 0 0\n");
    ASSERT_TRUE(zram);
    EXPECT_EQ(zram->stored, 1000u);
    EXPECT_EQ(zram->used, 450u);
    EXPECT_FALSE(parse_zram("1000"));
}

TEST(OomParse, Processes)
{
    ProcessSample to;
    EXPECT_TRUE(
        parse_process_stat("12 (a) b\n (c) S 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 4242 20 21", to));
    EXPECT_EQ(to.name(), "a) b\n (c");
    EXPECT_EQ(to.start_ticks, 4242u);
    EXPECT_FALSE(parse_process_stat("12 (a) S 1 2 3", to));
    EXPECT_FALSE(parse_process_stat(")(", to));
    EXPECT_TRUE(parse_process_status(status, to));
    EXPECT_EQ(to.anon, 100u * 1024);
    EXPECT_EQ(to.file, 50u * 1024);
    EXPECT_EQ(to.shmem, 4u * 1024);
    EXPECT_EQ(to.swap, 2u * 1024);
    EXPECT_EQ(to.page_tables, 8u * 1024);
    EXPECT_FALSE(parse_process_status("Name:\tkthreadd\n", to));
    EXPECT_EQ(parse_resident_pages("100 25 3 1 0 9 0\n"), 25u);
    EXPECT_EQ(parse_oom_score_adj("-1000\n"), -1000);
    EXPECT_EQ(parse_oom_score_adj("1001\n"), std::nullopt);
}

TEST(OomParse, Kills)
{
    const auto full = parse_kill(kill_full);
    ASSERT_TRUE(full);
    EXPECT_EQ(full->pid, 8730u);
    EXPECT_EQ(full->comm, "b");
    EXPECT_EQ(full->cgroup, "/mc,try");
    const auto brief = parse_kill(kill_short);
    ASSERT_TRUE(brief);
    EXPECT_EQ(brief->pid, 8730u);
    EXPECT_EQ(brief->comm, "p) (x");
    EXPECT_EQ(brief->cgroup, std::nullopt);
    const auto host =
        parse_kill("6,1,2,-;oom-kill:constraint=CONSTRAINT_NONE,nodemask=(null),cpuset=/,mems_allowed=0,"
                   "global_oom,task_memcg=/x,task=y,pid=7,uid=0");
    ASSERT_TRUE(host);
    EXPECT_EQ(host->cgroup, "");
    // What programs write into the log is no word of the kernel's.
    std::string forged{kill_short};
    forged.replace(0, 1, "12");
    EXPECT_FALSE(parse_kill(forged));
    EXPECT_FALSE(parse_kill("6,1,2,-;oom-kill:constraint=,pid=1"));
    EXPECT_FALSE(parse_kill("3,1,2,-;Killed process x (y) total-vm:"));
    EXPECT_FALSE(parse_kill("no record"));
}

// Sanitizers watch: whatever the text is, nothing is read beyond it.
TEST(OomParse, SurvivesMutations)
{
    SignalValues to;
    ProcessSample process;
    const std::array<std::pair<std::string_view, std::function<void(std::string_view)>>, 12> parsers{{
        {stat_v2, [&](std::string_view text) { parse_stat_v2(text, to); }},
        {"max 5\noom_kill 18446744073709551615\n", [&](std::string_view text) { parse_events_v2(text, to); }},
        {pressure, [&](std::string_view text) { parse_pressure(text, to); }},
        {stat_v1, [&](std::string_view text) { parse_stat_v1(text, to); }},
        {meminfo, [&](std::string_view text) { parse_meminfo(text, to); }},
        {vmstat, [&](std::string_view text) { parse_vmstat(text, to); }},
        {status, [&](std::string_view text) { parse_process_status(text, process); }},
        {"1 (x) S 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20",
         [&](std::string_view text) { parse_process_stat(text, process); }},
        {kill_full, [&](std::string_view text) { parse_kill(text); }},
        {kill_short, [&](std::string_view text) { parse_kill(text); }},
        {"/dev/zram0 partition 100 0 5\n", [&](std::string_view text) { parse_swaps_zram(text); }},
        {"1 2 3", [&](std::string_view text) { parse_zram(text); }},
    }};
    std::mt19937_64 random{3};
    for (const auto &[text, parse] : parsers)
        for (int round = 0; round < 3000; round++) {
            // Of its own size on the heap: a read behind it is seen.
            std::vector<char> mutated{text.begin(), text.end()};
            for (int change = 0; change < 4 && !mutated.empty(); change++) {
                const std::size_t at = random() % mutated.size();
                switch (random() % 4) {
                case 0:
                    mutated[at] = static_cast<char>(random());
                    break;
                case 1:
                    mutated[at] = '9';
                    break;
                case 2:
                    mutated.erase(mutated.begin() + static_cast<std::ptrdiff_t>(at));
                    break;
                default:
                    mutated.resize(at);
                    break;
                }
            }
            mutated.shrink_to_fit();
            parse({mutated.data(), mutated.size()});
        }
    // Sums that do not fit are unknown, not small.
    parse_stat_v2("anon 1\nworkingset_refault_anon 18446744073709551615\nworkingset_refault_file 5\n", to);
    EXPECT_EQ(to.raw(Signal::refault), unknown);
}

} // namespace
} // namespace memory_collector::oom
