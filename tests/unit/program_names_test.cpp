// SPDX-License-Identifier: GPL-2.0-only
//
// Each name in the table is a link beside the program, and stands for a command.
#include "command/command.h"

#include <algorithm>
#include <filesystem>
#include <set>

#include <gtest/gtest.h>

using namespace memory_collector;

TEST(ProgramNames, AreLinksBesideTheProgram)
{
    const std::filesystem::path program{MC_PROGRAM};
    std::set<std::string_view> seen;
    for (const ProgramName &name : program_names()) {
        EXPECT_TRUE(seen.insert(name.name).second) << name.name;
        const std::filesystem::path link = program.parent_path() / name.name;
        ASSERT_TRUE(std::filesystem::is_symlink(link)) << link << ": see daemon/CMakeLists.txt";
        EXPECT_TRUE(std::filesystem::equivalent(link, program)) << link;
    }
}

TEST(ProgramNames, StandForCommands)
{
    for (const ProgramName &name : program_names())
        EXPECT_TRUE(std::any_of(commands().begin(), commands().end(), [&](const CommandEntry &entry) {
            return entry.name == name.arguments.front();
        })) << name.name;
}
