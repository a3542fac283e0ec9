// SPDX-License-Identifier: GPL-2.0-only
#include "source/process_directory.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

namespace memory_collector {
namespace {

const std::string id(64, 'a');

class Proc : public ::testing::Test {
protected:
    void SetUp() override
    {
        std::string name = ::testing::TempDir() + "proc.XXXXXX";
        path = ::mkdtemp(name.data());
        std::filesystem::create_directory(path + "/42");
        // A name that looks like the fields behind it.
        write("stat", "42 (a) S 1 2) R 1 1 1 0 -1 4194560 1 0 0 0 0 0 0 0 20 0 1 0 12345 1000 100\n");
        write("cmdline", std::string{"prog\0-x\0a b\0", 12});
        write("cgroup", "0::/docker/" + id + "\n");
    }
    void TearDown() override { std::filesystem::remove_all(path); }
    void write(const std::string &name, const std::string &text)
    {
        std::ofstream{path + "/42/" + name} << text;
    }
    std::string path;
};

constexpr std::uint64_t started = 123'450'000'000; // 12345 ticks of 10 ms

TEST_F(Proc, DetailsOfTheSameProcessOnly)
{
    const ProcessDirectory directory{path, 0, 100};
    const auto details = directory.look_up({started + 3'000'000, 42});
    ASSERT_TRUE(details);
    EXPECT_EQ(details->cmdline, "prog -x a b");
    EXPECT_EQ(details->cgroup, "/docker/" + id);
    EXPECT_EQ(details->container, id);
    EXPECT_FALSE(directory.look_up({started + 1'000'000'000, 42})) << "the pid was used again";
    EXPECT_FALSE(directory.look_up({started - 1'000'000'000, 42}));
    EXPECT_FALSE(directory.look_up({started, 43}));
    EXPECT_FALSE(directory.gone({started, 42}));
    EXPECT_TRUE(directory.gone({started - 1'000'000'000, 42}));
    EXPECT_TRUE(directory.gone({started, 43}));
}

TEST_F(Proc, StartTimesAcrossSuspend)
{
    // 100 s in suspend so far: how much of it before the start is not known.
    const ProcessDirectory directory{path, 100'000'000'000, 100};
    EXPECT_TRUE(directory.look_up({started, 42}));
    EXPECT_TRUE(directory.look_up({started - 100'000'000'000, 42}));
    EXPECT_FALSE(directory.look_up({started - 101'000'000'000, 42}));
    EXPECT_FALSE(directory.look_up({started + 1'000'000'000, 42}));
}

} // namespace
} // namespace memory_collector
