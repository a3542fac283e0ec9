// SPDX-License-Identifier: GPL-2.0-only
//
// Whole recordings, good and damaged, through the program's own `report`.
#include "model_support.h"
#include "source/trace_file.h"
#include "support/error.h"
#include "support/files.h"

#include <gtest/gtest.h>

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <random>

namespace memory_collector {
namespace {

using testing::Bytes;
using testing::ms;

struct Outcome {
    int status = -1;
    std::string out;
    std::string error;
};

class Recording : public ::testing::Test {
protected:
    void SetUp() override
    {
        std::string name = ::testing::TempDir() + "recording.XXXXXX";
        folder = ::mkdtemp(name.data());
    }
    void TearDown() override { std::filesystem::remove_all(folder); }

    static testing::SimulationOptions options()
    {
        testing::SimulationOptions options;
        options.cpus = 2;
        return options;
    }
    static Bytes good()
    {
        const testing::Simulation simulation{options()};
        std::vector<std::vector<Bytes>> pages;
        for (const auto &cpu : testing::pages_of(simulation.streams())) {
            pages.emplace_back();
            for (const auto &page : cpu)
                pages.back().push_back(page.page);
        }
        return testing::recording(testing::Formats::plain(), pages);
    }
    Outcome report(const Bytes &bytes)
    {
        testing::write_file(folder + "/trace.dat", bytes);
        return report();
    }
    // The program, not the library: a crash must become a message.
    Outcome report()
    {
        const std::string out = folder + "/out";
        const std::string error = folder + "/error";
        // trace-cmd's library follows null pointers in cut files; the program's
        // guard contains that, if AddressSanitizer leaves the signal to it. What
        // else it finds still ends the program with a report of its own.
        const std::string command = std::string{"ASAN_OPTIONS=handle_segv=0 "} + MC_PROGRAM +
                                    " report --interval 10ms --format jsonl " + folder + "/trace.dat >" +
                                    out + " 2>" + error;
        const int status = std::system(command.c_str());
        return {WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status), read_file(out, 1 << 28),
                read_file(error)};
    }
    std::string folder;
};

TEST_F(Recording, GivesTheReportOfItsEvents)
{
    const Outcome outcome = report(good());
    ASSERT_EQ(outcome.status, 0) << outcome.error;
    const testing::Simulation simulation{options()};
    ModelOptions model;
    model.interval_ns = 10 * ms;
    const auto direct = testing::replay(testing::pages_of(simulation.streams()), model);
    std::istringstream lines{outcome.out};
    std::size_t i = 0;
    for (std::string line; std::getline(lines, line); i++) {
        ASSERT_LT(i, direct.size());
        EXPECT_EQ(nlohmann::json::parse(line), direct[i]);
    }
    EXPECT_EQ(i, direct.size());
}

TEST_F(Recording, WithoutOurEventsSaysSo)
{
    const Outcome outcome = report(testing::recording(testing::Formats::plain(), {{}, {}}));
    EXPECT_EQ(outcome.status, 1);
    EXPECT_EQ(outcome.out, "");
    EXPECT_NE(outcome.error.find("holds no sample"), std::string::npos) << outcome.error;
}

TEST_F(Recording, ThatIsNoneSaysSo)
{
    const std::string text = "not a recording at all, but long enough to be one";
    const auto *bytes = reinterpret_cast<const std::byte *>(text.data());
    Outcome outcome = report(Bytes{bytes, bytes + text.size()});
    EXPECT_EQ(outcome.status, 1);
    EXPECT_NE(outcome.error.find("is not a trace-cmd recording"), std::string::npos) << outcome.error;
    outcome = report(Bytes{});
    EXPECT_EQ(outcome.status, 1);
    EXPECT_NE(outcome.error.find("is not a trace-cmd recording"), std::string::npos) << outcome.error;
    std::filesystem::remove(folder + "/trace.dat");
    outcome = report();
    EXPECT_EQ(outcome.status, 1);
    EXPECT_NE(outcome.error.find("cannot open"), std::string::npos) << outcome.error;
}

TEST_F(Recording, OfAnotherAbiNamesTheField)
{
    testing::Formats formats = testing::Formats::plain();
    std::string &text = formats.text("rdt_sample");
    text.replace(text.find("occupancy_bytes"), 15, "occupancy_lines");
    const Outcome outcome = report(testing::recording(formats, {{}, {}}));
    EXPECT_EQ(outcome.status, 1);
    EXPECT_EQ(outcome.out, "");
    EXPECT_NE(outcome.error.find("rdt_sample: field occupancy_bytes is missing"), std::string::npos)
        << outcome.error;
}

// Wherever it is cut: a message and no rows, or (cut behind the last page
// with events) the whole report; never a crash, never half of it.
TEST_F(Recording, CutShortGivesAMessageAndNoRows)
{
    const Bytes whole = good();
    const std::string expected = report(whole).out;
    std::mt19937 random{3};
    for (int round = 0; round < 40; round++) {
        const std::size_t size = round < 20 ? random() % 20000 : random() % whole.size();
        const Outcome outcome =
            report(Bytes{whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size)});
        if (outcome.status == 0) {
            ASSERT_EQ(outcome.out, expected) << size;
            continue;
        }
        ASSERT_EQ(outcome.status, 1) << size;
        ASSERT_EQ(outcome.out, "") << size;
        ASSERT_NE(outcome.error.find("trace.dat"), std::string::npos) << outcome.error;
    }
}

TEST_F(Recording, DamagedAnywhereEndsWellDefined)
{
    const Bytes whole = good();
    std::mt19937 random{4};
    for (int round = 0; round < 60; round++) {
        Bytes damaged = whole;
        const std::size_t within = round % 2 == 0 ? std::min<std::size_t>(16384, whole.size()) : whole.size();
        for (int i = 0; i < 20; i++)
            damaged[random() % within] = static_cast<std::byte>(random());
        const Outcome outcome = report(damaged);
        ASSERT_TRUE(outcome.status == 0 || outcome.status == 1)
            << round << ": " << outcome.status << outcome.error;
        if (outcome.status == 1) {
            ASSERT_EQ(outcome.out, "");
            ASSERT_NE(outcome.error, "");
        }
        // Whatever is printed is whole rows.
        std::istringstream lines{outcome.out};
        for (std::string line; std::getline(lines, line);)
            ASSERT_NO_THROW(nlohmann::json::parse(line)) << line;
    }
}

} // namespace
} // namespace memory_collector
