// SPDX-License-Identifier: GPL-2.0-only
#include "command/command.h"
#include "command/config_file.h"
#include "command/live_report.h"
#include "sink_support.h"
#include "support/files.h"

#include <CLI/CLI.hpp>
#include <gtest/gtest.h>

#include <sys/wait.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>

namespace memory_collector {
namespace {

using testing::Folder;

// What `run --check-config` says of a file with this text, its status before it.
std::string check(const std::string &text, const std::string &more = "")
{
    const Folder folder;
    std::ofstream{folder / "c.toml"} << text;
    const std::string command = "cd " + (folder / ".") + " && " MC_PROGRAM " run --check-config c.toml " +
                                more + " >" + (folder / "said") + " 2>&1";
    const int status = std::system(command.c_str());
    return std::to_string(WEXITSTATUS(status)) + " " + read_file(folder / "said");
}

TEST(Config, GoodFilesAreSaidToBe)
{
    EXPECT_EQ(check(""), "0 c.toml: nothing is wrong with it\n");
    EXPECT_EQ(check("log-level = \"warn\"\n[run]\ninterval = \"500ms\"\ntop = 3\n").substr(0, 2), "0 ");
    EXPECT_EQ(check(read_file(MC_INCLUDE "/../docs/memory-collector.toml", 65536)).substr(0, 2), "0 ");
}

TEST(Config, AMistakeIsNamedWithItsLineAndRemedy)
{
    struct {
        const char *text;
        const char *says;
    } const table[] = {
        {"[run]\ninterval = \n", "c.toml:2: this is no TOML"},
        {"[run]\ninterval = \"1s\"\ninterval = \"2s\"\n", "c.toml:3: this is no TOML"},
        {"[run]\n\nintervall = \"1s\"\n",
         "c.toml:3: 'intervall' is no key of [run], which has interval, by, format"},
        {"interval = \"1s\"\n",
         "c.toml:1: 'interval' is no key of the part before [run], which has log-level"},
        {"[run]\nlog-level = \"warn\"\n", "c.toml:2: 'log-level' is no key of [run]"},
        {"[run]\nconfig = \"x\"\n", "c.toml:2: 'config' is no key of [run]"},
        {"[run]\nhelp = true\n", "c.toml:2: 'help' is no key of [run]"},
        {"[run]\ncommand = \"ls\"\n", "c.toml:2: 'command' is no key of [run]"},
        {"[report]\ntop = 1\n", "c.toml:1: 'report' is no table of a configuration; the only one is [run]"},
        {"run = 3\n", "c.toml:1: 'run' is no key"},
        {"[run]\ninterval = 1\n", "c.toml:2: 'interval' is a whole number; give it a text in double quotes"},
        {"[run]\ntop = \"3\"\n", "c.toml:2: 'top' is a text; give it a whole number, as in top = 10"},
        {"[run]\ntop = -3\n", "c.toml:2: 'top': "},
        {"[run]\ntop = [1]\n", "c.toml:2: 'top' is a list; give it a whole number"},
        {"[run.top]\nx = 1\n", "c.toml:1: 'top' is a table; give it a whole number"},
        {"[run]\n# \ninterval = \"5 parsecs\"\n", "c.toml:3: 'interval': '5 parsecs' is no duration: give "},
        {"[run]\ninterval = \"1ns\"\n", "c.toml:2: 'interval': '1ns' is too short: the least is 1ms"},
        {"[run]\nformat = \"xml\"\n", "c.toml:2: 'format': 'xml' is none of table, jsonl"},
        {"[run]\nsource = \"moon\"\n", "c.toml:2: 'source': 'moon' is none of auto, module"},
        {"[run]\nbuffer-size = \"1B\"\n", "c.toml:2: 'buffer-size': '1B' is not between 64KiB and 4GiB"},
        {"log-level = \"loud\"\n", "c.toml:1: 'log-level': "},
    };
    for (const auto &[text, says] : table) {
        const std::string said = check(text);
        EXPECT_EQ(said.substr(0, 2), "2 ") << text;
        EXPECT_NE(said.find(says), std::string::npos) << text << "said: " << said << "wanted: " << says;
    }
}

TEST(Config, AMistakeOnTheCommandLineIsNotTheFiles)
{
    const std::string said = check("[run]\ntop = 3\n", "--interval 1ns");
    EXPECT_EQ(said.substr(0, 2), "2 ");
    EXPECT_NE(said.find("--interval: '1ns' is too short"), std::string::npos) << said;
    EXPECT_EQ(said.find("c.toml"), std::string::npos) << said;
}

TEST(Config, AFileThatCannotBeReadIsAnError)
{
    EXPECT_THROW(ConfigFile{"/nowhere/at.all"}, UsageError);
    EXPECT_THROW(ConfigFile{"/tmp"}, UsageError);
}

TEST(Config, TheCommandLineHasPrecedence)
{
    const Folder folder;
    std::ofstream{folder / "c.toml"}
        << "log-level = \"warn\"\n[run]\ninterval = \"5s\"\noutput = \"of-file\"\n";
    CLI::App program;
    std::string level = "info";
    add_log_level(program, level);
    CLI::App &run = *program.add_subcommand("run");
    std::string interval = "1s";
    std::string output;
    std::string source = "auto";
    run.add_option("--interval", interval);
    run.add_option("--output", output);
    run.add_option("--source", source);
    program.parse("run --output of-command-line");
    ConfigFile{folder / "c.toml"}.apply(program, "run");
    EXPECT_EQ(level, "warn");
    EXPECT_EQ(interval, "5s");
    EXPECT_EQ(output, "of-command-line");
    EXPECT_EQ(source, "auto");
}

ReportOptions options_of(const std::string &line)
{
    ReportOptions options;
    CLI::App app;
    options.add_to(app);
    app.parse(line);
    return options;
}

TEST(LiveReport, WhereAndAsWhatMayChange)
{
    const Folder folder;
    DomainRow row;
    const std::string line = testing::written("jsonl", [&](Sink &sink) { sink.domain(row); });
    const std::string csv = testing::written("csv", [&](Sink &sink) { sink.domain(row); });
    const std::string a = folder / "a";
    const std::string b = folder / "b";
    LiveReport report{options_of("--format jsonl --output " + a)};
    report.domain(row);
    report.change(options_of("--format jsonl --output " + b));
    report.domain(row);
    report.change(options_of("--format csv --output " + b));
    report.domain(row);
    report.flush();
    EXPECT_EQ(read_file(a), line);
    EXPECT_EQ(read_file(b), line + csv);
    // Neither of these can be, and so nothing changes.
    EXPECT_THROW(report.change(options_of("--format csv --output /nowhere/at.all")), Error);
    EXPECT_THROW(report.change(options_of("--format xml --output " + a)), UsageError);
    report.domain(row);
    report.change(options_of("--format protobuf --output " + a + ".pb"));
    report.domain(row);
    report.finish();
    EXPECT_EQ(read_file(b), line + csv + csv.substr(csv.find('\n') + 1));
    EXPECT_EQ(read_file(a + ".pb"), testing::written("protobuf", [&](Sink &sink) { sink.domain(row); }));
    EXPECT_EQ(report.dropped_rows(), 0u);
}

TEST(LiveReport, WhatARowStandsForMayChange)
{
    const Folder folder;
    const std::string file = folder / "rows";
    ProcessRow one;
    one.container = "c";
    ProcessRow other = one;
    other.pid = 2;
    const auto lines = [&](const char *type) {
        std::size_t count = 0;
        const std::string all = read_file(file);
        const std::string wanted = "{\"type\":\"" + std::string{type} + "\"";
        for (std::size_t at = all.find(wanted); at != std::string::npos; at = all.find(wanted, at + 1))
            count++;
        return count;
    };
    const auto interval = [&](Sink &sink) {
        sink.process(one);
        sink.process(other);
        sink.interval(IntervalRow{});
    };
    LiveReport report{options_of("--format jsonl --output " + file)};
    interval(report);
    report.change(options_of("--format jsonl --by container --output " + file));
    interval(report);
    report.flush();
    EXPECT_EQ(lines("process"), 2u);
    EXPECT_EQ(lines("container"), 1u);
    report.change(options_of("--format jsonl --by cgroup --output " + file));
    interval(report);
    report.change(options_of("--format jsonl --output " + file));
    interval(report);
    report.finish();
    EXPECT_EQ(lines("process"), 4u);
    EXPECT_EQ(lines("container"), 1u);
    EXPECT_EQ(lines("cgroup"), 1u);
    EXPECT_EQ(lines("interval"), 4u);
}

} // namespace
} // namespace memory_collector
