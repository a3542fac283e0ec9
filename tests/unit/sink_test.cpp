// SPDX-License-Identifier: GPL-2.0-only
#include "sink_support.h"

#include "support/error.h"
#include "support/fd.h"
#include "support/files.h"
#include "support/text.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <functional>
#include <set>
#include <sstream>

namespace memory_collector {
namespace {

using testing::Folder;
using testing::hostile_names;
using testing::written;

std::vector<std::string> lines_of(const std::string &text)
{
    std::vector<std::string> lines;
    std::istringstream stream{text};
    for (std::string line; std::getline(stream, line);)
        lines.push_back(line);
    return lines;
}

// RFC 4180.
std::vector<std::string> csv_fields(const std::string &line)
{
    std::vector<std::string> fields(1);
    bool quoted = false;
    for (std::size_t i = 0; i < line.size(); i++) {
        if (quoted && line[i] == '"' && i + 1 < line.size() && line[i + 1] == '"')
            fields.back() += line[++i];
        else if (line[i] == '"')
            quoted = !quoted;
        else if (line[i] == ',' && !quoted)
            fields.emplace_back();
        else
            fields.back() += line[i];
    }
    EXPECT_FALSE(quoted) << line;
    return fields;
}

TEST(Sinks, AnyNameIsValidJson)
{
    for (const std::string &name : hostile_names) {
        ProcessRow row;
        row.comm = name;
        row.cmdline = name;
        const std::string text = written("jsonl", [&](Sink &sink) { sink.process(row); });
        ASSERT_EQ(std::count(text.begin(), text.end(), '\n'), 1) << text;
        const auto parsed = nlohmann::json::parse(text);
        const std::string back = parsed["comm"];
        // Only what was no UTF-8 has changed.
        if (name.find_first_of("\xff\xc0\xed\xf0") == std::string::npos) {
            EXPECT_EQ(back, name);
        } else {
            EXPECT_NE(back.find("\xEF\xBF\xBD"), std::string::npos) << name;
        }
    }
}

TEST(Sinks, AnyNameIsOneCsvField)
{
    for (const std::string &name : hostile_names) {
        ProcessRow row;
        row.comm = name;
        const auto lines = lines_of(written("csv", [&](Sink &sink) { sink.process(row); }));
        ASSERT_EQ(lines.size(), 2u) << name;
        const auto header = csv_fields(lines[0]);
        const auto fields = csv_fields(lines[1]);
        ASSERT_EQ(fields.size(), header.size());
        const auto at =
            static_cast<std::size_t>(std::find(header.begin(), header.end(), "comm") - header.begin());
        if (name == "comma,comma" || name == "\"quoted\"" || name == "plain" || name == "back\\slash") {
            EXPECT_EQ(fields.at(at), name);
        }
        for (const char c : lines[1])
            EXPECT_TRUE(static_cast<unsigned char>(c) >= 0x20 && c != 0x7f) << name;
    }
}

TEST(Sinks, NoNameMovesTheTerminal)
{
    for (const std::string &name : hostile_names) {
        const std::string text = printable(name);
        for (const char c : text)
            EXPECT_TRUE(static_cast<unsigned char>(c) >= 0x20 && c != 0x7f) << name;
        EXPECT_EQ(text.find("\xc2\x9b"), std::string::npos);
    }
}

std::string null_extras()
{
    std::string text;
    for (const ExtraColumn &column : extra_columns)
        text += "\"" + std::string{column.name} + "\":null,";
    for (const std::string_view name : OomOutlook::names)
        text += "\"" + std::string{name} + "\":null,";
    return text + "\"oom_expected_s\":null,";
}

TEST(Sinks, ColumnsAreThoseOfTheDesignInItsOrder)
{
    const std::string process = written("jsonl", [](Sink &sink) { sink.process({}); });
    EXPECT_EQ(
        process,
        "{\"type\":\"process\",\"start_ns\":0,\"end_ns\":0,\"pid\":0,\"start_time_ns\":0,\"comm\":null,"
        "\"cmdline\":null,\"cgroup\":null,\"container\":null,\"container_name\":null,\"container_runtime\":"
        "null,"
        "\"pod\":null,\"unit\":null,\"ns_pid\":null,\"cpu_time_ns\":null,\"rss_bytes\":null,"
        "\"rss_anon_bytes\":null,\"rss_file_bytes\":null,\"rss_shmem_bytes\":null,\"swap_bytes\":null,"
        "\"min_flt\":null,\"maj_flt\":null,\"total_bytes\":null,\"local_bytes\":null,\"remote_bytes\":null,"
        "\"peak_bytes_per_s\":null,\"llc_bytes_mean\":null,\"llc_bytes_max\":null," +
            null_extras() + "\"flags\":[]}\n");
    DomainRow domain;
    domain.domain = 3;
    domain.unattributed_bytes = -5;
    EXPECT_EQ(written("jsonl", [&](Sink &sink) { sink.domain(domain); }),
              "{\"type\":\"domain\",\"start_ns\":0,\"end_ns\":0,\"domain\":3,\"total_bytes\":null,"
              "\"local_bytes\":null,\"unattributed_bytes\":-5,\"lost_bytes\":null}\n");
}

TEST(Sinks, CsvHasTheUnionOfTheColumns)
{
    DomainRow domain;
    domain.domain = 1;
    domain.total_bytes = 42;
    IntervalRow interval;
    interval.source = "module";
    interval.notes = {"cpu_up", "cpu_down"};
    ProcessRow process;
    process.oom.within = {1e-7, 0.25, {}, 1};
    const auto lines = lines_of(written("csv", [&](Sink &sink) {
        sink.process(process);
        sink.domain(domain);
        sink.interval(interval);
        sink.loss({});
    }));
    ASSERT_EQ(lines.size(), 5u);
    const auto header = csv_fields(lines[0]);
    EXPECT_EQ(header.front(), "type");
    for (std::size_t i = 0; i < header.size(); i++)
        EXPECT_EQ(std::count(header.begin(), header.end(), header[i]), 1) << header[i];
    const auto value = [&](std::size_t line, const std::string &column) {
        const auto at = std::find(header.begin(), header.end(), column);
        return at == header.end() ? "no such column"
                                  : csv_fields(lines[line]).at(static_cast<std::size_t>(at - header.begin()));
    };
    EXPECT_EQ(value(1, "oom_probability_1s"), "1e-07");
    EXPECT_EQ(value(1, "oom_probability_5s"), "0.25");
    EXPECT_EQ(value(1, "oom_probability_10s"), "");
    EXPECT_EQ(value(1, "oom_probability_30s"), "1");
    EXPECT_EQ(value(2, "type"), "domain");
    EXPECT_EQ(value(2, "domain"), "1");
    EXPECT_EQ(value(2, "total_bytes"), "42");
    EXPECT_EQ(value(2, "pid"), "");
    EXPECT_EQ(value(3, "notes"), "cpu_up|cpu_down");
    EXPECT_EQ(value(4, "cpu"), "0");
}

TEST(Sinks, TableSortsByTraffic)
{
    const std::string text = written(
        "table",
        [](Sink &sink) {
            for (const std::uint64_t bytes : {5u, 500u, 50u}) {
                ProcessRow row;
                row.pid = static_cast<std::uint32_t>(bytes);
                row.comm = "p";
                row.total_bytes = bytes << 20;
                row.end_ns = 1'000'000'000;
                sink.process(row);
            }
            IntervalRow interval;
            interval.end_ns = 1'000'000'000;
            sink.interval(interval);
        },
        SinkOptions{.top = 2});
    const std::size_t first = text.find("500 MiB/s");
    const std::size_t second = text.find("50.0 MiB/s");
    EXPECT_LT(first, second);
    EXPECT_NE(second, std::string::npos) << text;
    EXPECT_EQ(text.find("5.00 MiB/s"), std::string::npos);
    EXPECT_NE(text.find("and 1 more processes"), std::string::npos);
}

TEST(Sinks, GroupsInEveryFormat)
{
    const auto write = [](Sink &sink) {
        GroupRow row;
        row.end_ns = 1'000'000'000;
        row.processes = 3;
        row.total_bytes = 7 << 20;
        sink.group(row);
        row.container = std::string_view{"0123456789abcdef"};
        row.total_bytes = 8 << 20;
        sink.group(row);
        row.container_name = "shop,\x1b[2J";
        row.total_bytes = 9 << 20;
        sink.group(row);
        IntervalRow interval;
        interval.end_ns = 1'000'000'000;
        sink.interval(interval);
    };
    const std::string table = written("table", write, SinkOptions{.top = 2});
    EXPECT_NE(table.find("PROCS  NAME"), std::string::npos) << table;
    EXPECT_NE(table.find("3  shop,?[2J "), std::string::npos) << table;
    EXPECT_NE(table.find("3  0123456789ab "), std::string::npos) << table;
    EXPECT_NE(table.find("and 1 more containers"), std::string::npos) << table;
    EXPECT_NE(written("table", write).find("3  (none) "), std::string::npos);

    const auto json = lines_of(written("jsonl", write));
    ASSERT_EQ(json.size(), 4u);
    EXPECT_EQ(json[1],
              "{\"type\":\"container\",\"start_ns\":0,\"end_ns\":1000000000,\"cgroup\":null,"
              "\"container\":\"0123456789abcdef\",\"container_name\":null,\"container_runtime\":null,"
              "\"pod\":null,\"unit\":null,\"processes\":3,\"cpu_time_ns\":null,\"rss_bytes\":null,"
              "\"rss_anon_bytes\":null,\"rss_file_bytes\":null,\"rss_shmem_bytes\":null,\"swap_bytes\":null,"
              "\"min_flt\":null,\"maj_flt\":null,\"total_bytes\":8388608,\"local_bytes\":null,"
              "\"remote_bytes\":null,\"peak_bytes_per_s\":null,\"llc_bytes_mean\":null,"
              "\"llc_bytes_max\":null," +
                  null_extras() + "\"flags\":[]}");

    const auto csv = lines_of(written("csv", write));
    ASSERT_EQ(csv.size(), 5u);
    const auto header = csv_fields(csv[0]);
    const auto fields = csv_fields(csv[3]);
    ASSERT_EQ(fields.size(), header.size());
    const auto value = [&](const char *column) {
        return fields.at(
            static_cast<std::size_t>(std::find(header.begin(), header.end(), column) - header.begin()));
    };
    EXPECT_EQ(value("type"), "container");
    EXPECT_EQ(value("container_name"), "shop,\\x1b[2J");
    EXPECT_EQ(value("processes"), "3");
    EXPECT_EQ(value("total_bytes"), "9437184");
    EXPECT_EQ(value("pid"), "");
}

TEST(Sinks, LongPathsOfCgroupsKeepTheColumnsInLine)
{
    const std::string text = written("table", [](Sink &sink) {
        GroupRow row;
        row.type = RowType::cgroup;
        row.processes = 1;
        row.end_ns = 1'000'000'000;
        row.total_bytes = 1 << 20;
        const std::string path = "/user.slice/user-1000.slice/user@1000.service";
        row.cgroup = path;
        sink.group(row);
        row.cgroup = "/x";
        sink.group(row);
        row.cgroup.reset();
        sink.group(row);
        sink.interval({});
    });
    std::set<std::size_t> places;
    for (const std::string &line : lines_of(text))
        if (const std::size_t at = line.find("1.00 MiB/s"); at != std::string::npos)
            places.insert(at);
    EXPECT_EQ(places.size(), 1u) << text;
    EXPECT_NE(text.find("1  (unknown) "), std::string::npos) << text;
}

TEST(Sinks, UnknownFormatNamesTheKnown)
{
    Output output = Output::descriptor(-1);
    try {
        make_sink("xml", output, {});
        FAIL();
    } catch (const UsageError &error) {
        EXPECT_NE(std::string{error.what()}.find("table, jsonl, csv"), std::string::npos) << error.what();
    }
}

TEST(OutputFile, AppendsWithModeOfItsOwnerOnly)
{
    const Folder folder;
    {
        Output output{folder / "rows"};
        output.row("one\n");
        output.flush();
    }
    {
        Output output{folder / "rows"};
        output.row("two\n");
        output.flush();
    }
    EXPECT_EQ(read_file(folder / "rows"), "one\ntwo\n");
    struct stat status {};
    ASSERT_EQ(::stat((folder / "rows").c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777, 0600u);
}

TEST(OutputFile, RefusesALinkAndAFolderThatIsNotThere)
{
    const Folder folder;
    ASSERT_EQ(::symlink("/etc/passwd", (folder / "link").c_str()), 0);
    EXPECT_THROW(Output{folder / "link"}, Error);
    EXPECT_THROW(Output{folder / "no/where"}, Error);
}

TEST(OutputFile, ReopensForRotation)
{
    const Folder folder;
    Output output{folder / "rows"};
    output.row("before\n");
    output.flush();
    std::filesystem::rename(folder / "rows", folder / "rows.1");
    output.row("still\n");
    output.reopen();
    output.row("after\n");
    output.flush();
    EXPECT_EQ(read_file(folder / "rows.1"), "before\nstill\n");
    EXPECT_EQ(read_file(folder / "rows"), "after\n");
}

TEST(OutputFile, FullDiskIsCountedAndSurvived)
{
    Output output{"/dev/full"};
    for (int i = 0; i < 3; i++) {
        output.row("row\n");
        output.flush();
    }
    EXPECT_EQ(output.dropped_rows(), 3u);
}

TEST(OutputFile, NeverLeavesHalfARow)
{
    // A limit on the file's size cuts a write as a full disk does.
    const Folder folder;
    rlimit old{};
    ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &old), 0);
    const auto handler = std::signal(SIGXFSZ, SIG_IGN);
    {
        Output output{folder / "rows"};
        const rlimit limit{25, old.rlim_max};
        ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &limit), 0);
        for (int i = 0; i < 5; i++)
            output.row("0123456789\n");
        output.flush();
        EXPECT_EQ(output.dropped_rows(), 3u);
        ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &old), 0);
        output.row("again\n");
        output.flush();
        EXPECT_EQ(output.dropped_rows(), 3u);
    }
    std::signal(SIGXFSZ, handler);
    EXPECT_EQ(read_file(folder / "rows"), "0123456789\n0123456789\nagain\n");
}

TEST(OutputFile, OneWriterOfRecords)
{
    const Folder folder;
    Output first{folder / "rows", Framing::records};
    EXPECT_THROW((Output{folder / "rows", Framing::records}), Error);
    const Output lines{folder / "other"};
    const Output more_lines{folder / "other"};
    // The same file again, and a new one.
    first.reopen();
    first.row("a");
    std::filesystem::rename(folder / "rows", folder / "rows.1");
    first.reopen();
    first.row("b");
    first.flush();
    EXPECT_EQ(read_file(folder / "rows.1"), "a");
    EXPECT_EQ(read_file(folder / "rows"), "b");
    EXPECT_THROW((Output{folder / "rows", Framing::records}), Error);
    const Output free{folder / "rows.1", Framing::records};
}

TEST(OutputStream, ARowThatWasBegunIsEndedFirst)
{
    // A full pipe that does not wait takes the part of a row for which it has room.
    int ends[2];
    ASSERT_EQ(::pipe2(ends, O_NONBLOCK), 0);
    const UniqueFd from{ends[0]};
    const UniqueFd to{ends[1]};
    ASSERT_GE(::fcntl(to.get(), F_SETPIPE_SZ, 4096), 4096);
    const auto room = static_cast<std::size_t>(::fcntl(to.get(), F_GETPIPE_SZ));
    const std::string first(room - 96, 'a');
    const std::string second(8192, 'b');
    Output output = Output::descriptor(to.get(), Framing::records);
    output.row(first);
    output.row(second);
    output.row("lost");
    output.flush();
    EXPECT_EQ(output.dropped_rows(), 2u);
    std::string got;
    const auto drain = [&] {
        std::string some(65536, '\0');
        const ssize_t size = ::read(from.get(), some.data(), some.size());
        ASSERT_GT(size, 0);
        got.append(some, 0, static_cast<std::size_t>(size));
    };
    drain();
    ASSERT_LT(got.size(), first.size() + second.size());
    ASSERT_GT(got.size(), first.size());
    for (int i = 0; i < 4; i++) {
        output.flush();
        drain();
        if (got.size() == first.size() + second.size())
            break;
    }
    EXPECT_EQ(got, first + second);
    EXPECT_EQ(output.dropped_rows(), 1u);
    output.row("next");
    output.flush();
    drain();
    EXPECT_EQ(got, first + second + "next");
}

TEST(OutputStream, AClosedReaderEndsIt)
{
    const auto handler = std::signal(SIGPIPE, SIG_IGN);
    int ends[2];
    ASSERT_EQ(::pipe(ends), 0);
    ::close(ends[0]);
    const UniqueFd to{ends[1]};
    Output output = Output::descriptor(to.get());
    output.row("row\n");
    EXPECT_THROW(output.flush(), OutputClosed);
    std::signal(SIGPIPE, handler);
}

} // namespace
} // namespace memory_collector
