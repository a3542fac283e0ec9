// SPDX-License-Identifier: GPL-2.0-only
//
// What a pool goes by: its state, swap areas, processes, and pages of known contents.
#include "host/process_id.h"
#include "pool/contents.h"
#include "pool/state.h"
#include "pool/state_file.h"
#include "pool/status.h"
#include "pool/swap_cgroups.h"
#include "pool/swap_table.h"
#include "pool/trigger.h"

#include "host_support.h"
#include "support/error.h"

#include <gtest/gtest.h>

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

namespace memory_collector::pool {
namespace {

constexpr std::uint64_t mib = 1 << 20;

PoolState some_state()
{
    PoolState state;
    state.boot_id = boot_id();
    state.step = Step::ready;
    state.devices_before = {0, 2};
    state.device = 1;
    state.sequence = 12;
    state.added = true;
    state.former_algorithm = "lzo";
    state.priority = 100;
    state.peaks = {1, 2};
    state.holder = HolderState{"/sys/fs/cgroup/a \"b\"", "", ProcessId{7, 8}, 4096, 8192, 3, true};
    return state;
}

TEST(PoolState, ComesBackAsItWasWritten)
{
    PoolState state = some_state();
    EXPECT_EQ(parse_state(format_state(state)), state);
    state.holder->process.reset();
    state.sequence.reset();
    EXPECT_EQ(parse_state(format_state(state)), state);
    state.holder.reset();
    state.device.reset();
    for (const Step step : {Step::adding, Step::configuring, Step::ready}) {
        state.step = step;
        EXPECT_EQ(parse_state(format_state(state)), state);
    }
}

TEST(PoolState, AnyOtherTextIsNone)
{
    const std::string text = format_state(some_state());
    for (std::size_t size = 0; size + 2 < text.size(); size++)
        EXPECT_FALSE(parse_state(text.substr(0, size))) << size;
    for (const auto &[from, to] :
         {std::pair{"\"ready\"", "\"steady\""}, std::pair{"\"pid\":7", "\"pid\":\"7\""},
          std::pair{"\"device\":1", "\"device\":[]"}, std::pair{"\"peaks\"", "\"peak\""}}) {
        std::string other = text;
        ASSERT_NE(other.find(from), std::string::npos) << from;
        other.replace(other.find(from), std::string_view{from}.size(), to);
        EXPECT_FALSE(parse_state(other)) << other;
    }
}

class PoolStateFile : public ::testing::Test {
protected:
    PoolStateFile() { host_.folder("/run"); }
    std::string folder() const { return host_.paths().at("/run/pool").string(); }
    std::string file() const { return folder() + "/pool.json"; }

    testing::FakeHost host_;
};

TEST_F(PoolStateFile, IsWrittenAndRemoved)
{
    EXPECT_FALSE(StateFile::look(folder()));
    const StateFile state{folder()};
    EXPECT_FALSE(state.read());
    state.write(some_state());
    EXPECT_EQ(state.read(), some_state());
    EXPECT_EQ(StateFile::look(folder()), some_state());
    struct stat status {};
    ASSERT_EQ(::stat(file().c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777U, 0600U);
    state.remove();
    EXPECT_FALSE(state.read());
    EXPECT_NO_THROW(state.remove());
}

TEST_F(PoolStateFile, OfAnEarlierBootIsNone)
{
    const StateFile state{folder()};
    PoolState old = some_state();
    old.boot_id = "another";
    state.write(old);
    EXPECT_FALSE(state.read());
}

TEST_F(PoolStateFile, IsTrustedOnlyIfItIsOurs)
{
    const StateFile state{folder()};
    std::ofstream{folder() + "/elsewhere"} << format_state(some_state());
    std::filesystem::create_symlink(folder() + "/elsewhere", file());
    EXPECT_THROW(state.read(), Error);
    std::filesystem::remove(file());
    state.write(some_state());
    ASSERT_EQ(::chmod(file().c_str(), 0622), 0);
    EXPECT_THROW(state.read(), Error);
    // What another process left is no obstacle.
    std::filesystem::create_symlink("/dev/null", file() + ".new");
    state.write(some_state());
    EXPECT_EQ(state.read(), some_state());
    std::ofstream{file()} << "{}";
    EXPECT_THROW(state.read(), Error);
}

TEST_F(PoolStateFile, FolderIsOursAlone)
{
    std::filesystem::create_directory(folder());
    ASSERT_EQ(::chmod(folder().c_str(), 0777), 0);
    EXPECT_THROW(StateFile{folder()}, Error);
    std::filesystem::remove(folder());
    std::filesystem::create_directory_symlink("/tmp", folder());
    EXPECT_THROW(StateFile{folder()}, Error);
}

TEST(PoolSwaps, Table)
{
    const auto areas =
        parse_swaps("Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority\n"
                    "/dev/zram1                              partition\t262140\t\t131072\t\t100\n"
                    "/swap\\040file                          file\t1024\t\t0\t\t-2\n"
                    "/dev/odd partition 1 2 3\n"
                    "/dev/odd partition 18446744073709551615 0 0\n"
                    "/dev/short partition 5\n");
    ASSERT_EQ(areas.size(), 2u);
    EXPECT_EQ(areas[0], (SwapArea{"/dev/zram1", 262140 * 1024ull, 131072 * 1024ull, 100}));
    EXPECT_EQ(areas[0].free_bytes(), 131068 * 1024ull);
    EXPECT_EQ(areas[1], (SwapArea{"/swap file", mib, 0, -2}));
    EXPECT_TRUE(parse_swaps("").empty());
}

TEST(PoolSwaps, OnlyTheFirstOneIsSure)
{
    const SwapArea ours{"/dev/zram1", mib, 0, 100};
    EXPECT_FALSE(why_not_first({ours}, "/dev/zram1"));
    EXPECT_FALSE(why_not_first({{"/dev/sda", mib, 0, 99}, ours}, "/dev/zram1"));
    for (const int priority : {100, 101})
        EXPECT_NE(
            why_not_first({{"/dev/sda", mib, 0, priority}, ours}, "/dev/zram1").value_or("").find("/dev/sda"),
            std::string::npos);
    EXPECT_TRUE(why_not_first({}, "/dev/zram1"));
}

TEST(PoolSwaps, WhatIsSwappedHasToFit)
{
    EXPECT_FALSE(why_no_room(0, 0));
    EXPECT_FALSE(why_no_room(100 * mib, 132 * mib));
    EXPECT_TRUE(why_no_room(100 * mib + 1, 132 * mib));
    EXPECT_TRUE(why_no_room(1, 32 * mib));
    EXPECT_TRUE(why_no_room(UINT64_MAX, UINT64_MAX));
    EXPECT_EQ(parse_available("MemTotal: 5 kB\nMemAvailable:   23 kB\n"), 23 * 1024u);
    EXPECT_FALSE(parse_available("MemTotal: 5 kB\nMemAvailable: x\n"));
}

TEST(PoolSwaps, WhatIsSwappedHasToFitBelowTheLimitOfItsCgroup)
{
    using oom::Signal;
    oom::SignalValues signals;
    signals.set(Signal::limit, 100 * mib);
    signals.set(Signal::usage, 90 * mib);
    signals.set(Signal::anon, 60 * mib);
    signals.set(Signal::shmem, 0);
    signals.set(Signal::file, 30 * mib);
    signals.set(Signal::slab_unreclaimable, 0);
    signals.set(Signal::kernel, 0);
    ASSERT_EQ(oom::danger_bytes(signals), 60 * mib);
    signals.set(Signal::swap, 39 * mib);
    EXPECT_FALSE(why_no_room_in("/a", signals, UINT64_MAX));
    signals.set(Signal::swap, 39 * mib + 1);
    const std::string why = why_no_room_in("/a", signals, UINT64_MAX).value_or("");
    EXPECT_NE(why.find("/a has 39.0 MiB swapped out and room for 39.0 MiB"), std::string::npos) << why;
    // So much of it at most is in the area in question.
    EXPECT_FALSE(why_no_room_in("/a", signals, 39 * mib));
    // What is its kind of use is unknown: all of it stays.
    signals.set(Signal::anon, std::nullopt);
    EXPECT_TRUE(why_no_room_in("/a", signals, 9 * mib + 1));
    EXPECT_FALSE(why_no_room_in("/a", signals, 9 * mib));
    signals.set(Signal::usage, 200 * mib);
    EXPECT_TRUE(why_no_room_in("/a", signals, 1));
    EXPECT_FALSE(why_no_room_in("/a", signals, 0));
    signals.set(Signal::limit, oom::SignalValues::no_limit);
    EXPECT_FALSE(why_no_room_in("/a", signals, UINT64_MAX));
}

TEST(PoolSwaps, TheCgroupInTheWayIsNamedWithWhatGivesItRoom)
{
    testing::FakeHost host;
    host.write("/proc/self/mountinfo", "30 20 0:26 / /cg rw - cgroup2 none rw\n");
    host.write("/cg/cgroup.controllers", "memory\n");
    const auto group = [&](const std::string &path, const std::string &limit, const std::string &swap) {
        host.write("/cg" + path + "/memory.max", limit);
        host.write("/cg" + path + "/memory.current", "1048576\n");
        host.write("/cg" + path + "/memory.swap.current", swap);
        host.write("/cg" + path + "/memory.stat", "anon 1048576\n");
    };
    group("/free", "max\n", "104857600\n");
    group("/roomy", "209715200\n", "104857600\n");
    EXPECT_FALSE(why_no_room_in_cgroups(200 * mib, host.paths()));
    group("/roomy/full", "52428800\n", "52428800\n");
    EXPECT_FALSE(why_no_room_in_cgroups(40 * mib, host.paths()));
    const std::string why = why_no_room_in_cgroups(200 * mib, host.paths()).value_or("");
    EXPECT_NE(why.find("cgroup /roomy/full has 50.0 MiB swapped out"), std::string::npos) << why;
    EXPECT_NE(why.find("raise its memory.max"), std::string::npos) << why;
}

TEST(PoolProcess, StartTimeTellsThemApart)
{
    EXPECT_EQ(parse_start_time("7 (a) b) S 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 77 20\n"), 77u);
    for (const char *none : {"", "7 (a", "7 (a) Z 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 77",
                             "7 (a) S 1 2 3", "7 (a) S 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 x"})
        EXPECT_FALSE(parse_start_time(none)) << none;
    const auto self = process_id(::getpid());
    ASSERT_TRUE(self);
    EXPECT_TRUE(lives(*self));
    EXPECT_FALSE(lives({self->pid, self->start_time + 1}));
    // Another process by now: it is not touched.
    EXPECT_TRUE(end_process({self->pid, self->start_time + 1}));
    const pid_t child = ::fork();
    if (child == 0) {
        ::pause();
        ::_exit(0);
    }
    const auto id = process_id(child);
    ASSERT_TRUE(id);
    EXPECT_TRUE(end_process(*id));
    EXPECT_FALSE(lives(*id));
    EXPECT_EQ(::kill(child, 0), -1);
}

TEST(PoolContents, PagesAreWhatTheyAreCountedAs)
{
    constexpr std::size_t size = 4096;
    constexpr std::uint64_t many = 1000;
    std::vector<std::byte> page(size);
    std::vector<std::byte> again(size);
    PageCounts found;
    std::set<std::vector<std::byte>> different;
    for (std::uint64_t i = 0; i < many; i++) {
        fill_page(page, i, 5);
        fill_page(again, i, 5);
        ASSERT_EQ(page, again);
        const bool same = std::equal(page.begin() + 8, page.end(), page.begin());
        const bool zero = same && page[0] == std::byte{0} && page[7] == std::byte{0};
        const bool text = std::none_of(page.begin(), page.end(), [](std::byte one) {
            return one > std::byte{126} || one == std::byte{0};
        });
        const PageKind kind = zero   ? PageKind::zero
                              : same ? PageKind::same
                              : text ? PageKind::text
                                     : PageKind::random;
        EXPECT_EQ(kind, page_kind(i)) << i;
        (zero ? found.zero : same ? found.same : text ? found.text : found.random)++;
        EXPECT_TRUE(zero || different.insert(page).second) << i;
    }
    const PageCounts counts = count_pages(many);
    EXPECT_EQ(counts.all(), many);
    EXPECT_EQ(std::tie(found.zero, found.same, found.text, found.random),
              std::tie(counts.zero, counts.same, counts.text, counts.random));
    fill_page(again, 0, 6);
    EXPECT_FALSE(different.contains(again));
}

TEST(PoolTrigger, Amounts)
{
    constexpr std::uint64_t page = 4096;
    EXPECT_EQ(amount_of(Amount::light, 100 * mib, 1000 * mib, page), 5 * mib);
    EXPECT_EQ(amount_of(Amount::medium, 100 * mib, 1000 * mib, page), 25 * mib);
    EXPECT_EQ(amount_of(Amount::heavy, 100 * mib, 1000 * mib, page), 75 * mib);
    EXPECT_EQ(amount_of(Amount::heavy, 1000 * mib, 100 * mib, page), 50 * mib);
    EXPECT_EQ(amount_of(Amount::light, 1000, 1000 * mib, page), 0u);
}

TEST(PoolStatus, WhatIsNotKnownIsNull)
{
    std::ostringstream none;
    write_status_json(none, std::nullopt);
    EXPECT_EQ(none.str().find("{\"device\":null,\"algorithm\":null,"), 0u) << none.str();
    EXPECT_NE(none.str().find("\"compression_ratio\":null,\"overhead_bytes\":null"), std::string::npos)
        << none.str();
    PoolStatus status;
    status.device = "/dev/zram1";
    status.memory = MemoryStat{};
    EXPECT_FALSE(status.compression_ratio());
    status.memory = parse_mm_stat("4096 1024 3000 0 5000 1");
    EXPECT_EQ(status.compression_ratio(), 0.25);
    EXPECT_EQ(status.overhead_bytes(), Count{1976});
    std::ostringstream some;
    write_status_json(some, status);
    EXPECT_NE(some.str().find("\"same_pages\":1,\"huge_pages\":null,\"num_reads\":null"), std::string::npos)
        << some.str();
    EXPECT_NE(some.str().find("\"swap_active\":false,\"swap_priority\":null"), std::string::npos)
        << some.str();
}

} // namespace
} // namespace memory_collector::pool
