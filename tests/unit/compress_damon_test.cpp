// SPDX-License-Identifier: GPL-2.0-only
//
// What a sampler that was killed left of DAMON is told from what others have set up. Files stand
// for sysfs.
#include "compress/damon_session.h"

#include "host_support.h"
#include "support/error.h"
#include "support/files.h"

#include <gtest/gtest.h>

#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>

namespace memory_collector::compress {
namespace {

TEST(CompressDamonState, ComesBackAsItWasWritten)
{
    const DamonState state{"boot", {7, 8}, 4711};
    EXPECT_EQ(parse_damon_state(format_damon_state(state)), state);
}

TEST(CompressDamonState, AnyOtherTextIsNone)
{
    const std::string text = format_damon_state({"boot", {7, 8}, 4711});
    for (std::size_t size = 0; size + 2 < text.size(); size++)
        EXPECT_FALSE(parse_damon_state(text.substr(0, size))) << size;
    EXPECT_FALSE(parse_damon_state(R"({"boot_id":"b","sampler":{"pid":"7","start_time":8},"kdamond":1})"));
}

class CompressDamon : public ::testing::Test {
protected:
    CompressDamon()
    {
        host_.folder("/run/mc");
        host_.write("/kdamonds/nr_kdamonds", "0\n");
    }

    std::string path(const std::string &of) const { return host_.paths().at(of).string(); }
    std::string text(const std::string &of) const { return read_file(path(of)).substr(0, 1); }

    // As the kernel shows a kdamond that a sampler has begun.
    void begun(const std::string &state)
    {
        host_.write("/kdamonds/nr_kdamonds", "1\n");
        host_.write("/kdamonds/0/state", state + "\n");
        host_.write("/kdamonds/0/contexts/nr_contexts", "1\n");
    }

    std::uint64_t made() const
    {
        struct stat status {};
        return ::stat(path("/kdamonds/0").c_str(), &status) == 0 ? status.st_ino : 0;
    }

    // No process has this start time.
    void noted(std::uint64_t kdamond, ProcessId sampler = {1, 1}, const std::string &boot = boot_id())
    {
        std::filesystem::create_directories(path("/run/mc"));
        host_.write("/run/mc/damon.json", format_damon_state({boot, sampler, kdamond}));
        std::filesystem::permissions(path("/run/mc/damon.json"), std::filesystem::perms{0600});
    }

    void expect_left_alone(const char *why)
    {
        const std::string state = read_file(path("/kdamonds/0/state"));
        const std::string count = read_file(path("/kdamonds/nr_kdamonds"));
        EXPECT_THROW((DamonSession{path("/kdamonds"), path("/run/mc")}), Error) << why;
        EXPECT_EQ(read_file(path("/kdamonds/0/state")), state) << why;
        EXPECT_EQ(read_file(path("/kdamonds/nr_kdamonds")), count) << why;
    }

    void expect_taken_away(const char *why)
    {
        EXPECT_NO_THROW((DamonSession{path("/kdamonds"), path("/run/mc")})) << why;
        EXPECT_EQ(text("/kdamonds/nr_kdamonds"), "0") << why;
        EXPECT_FALSE(std::filesystem::exists(path("/run/mc/damon.json"))) << why;
    }

    testing::FakeHost host_;
};

TEST_F(CompressDamon, WhatADeadOneLeftIsTakenAway)
{
    begun("on");
    noted(made());
    expect_taken_away("it runs");
    EXPECT_EQ(read_file(path("/kdamonds/0/state")).substr(0, 3), "off");
    begun("off");
    noted(made());
    expect_taken_away("its target has ended");
    host_.write("/kdamonds/nr_kdamonds", "1\n");
    host_.write("/kdamonds/0/contexts/nr_contexts", "0\n");
    noted(0);
    expect_taken_away("killed before it noted which");
}

TEST_F(CompressDamon, NothingOfOthersIsTouched)
{
    begun("on");
    expect_left_alone("nothing is noted");
    noted(made(), *process_id(::getpid()));
    expect_left_alone("the sampler lives");
    noted(made(), {1, 1}, "another boot");
    expect_left_alone("of an earlier boot");
    noted(made());
    host_.write("/run/mc/damon.json", "{}");
    expect_left_alone("no such text");
    noted(made() + 1);
    expect_left_alone("set up just as ours was, and made by another since");
    noted(0);
    expect_left_alone("somebody has set it up");
    begun("off");
    noted(0);
    expect_left_alone("somebody is about to set it up");
    noted(made());
    host_.write("/kdamonds/nr_kdamonds", "2\n");
    expect_left_alone("there are more");
}

TEST_F(CompressDamon, OneAtATime)
{
    const DamonSession first{path("/kdamonds"), path("/run/mc")};
    try {
        const DamonSession second{path("/kdamonds"), path("/run/mc")};
        FAIL() << "there are two";
    } catch (const Error &error) {
        EXPECT_NE(std::string{error.what()}.find("damon.lock"), std::string::npos) << error.what();
    }
}

} // namespace
} // namespace memory_collector::compress
