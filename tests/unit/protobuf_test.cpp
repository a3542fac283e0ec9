// SPDX-License-Identifier: GPL-2.0-only
//
// --format protobuf and back: the same lines as --format jsonl, for whole
// reports and for rows that try to break it; what protoc reads; damaged input.
#include "allocation_support.h"
#include "model_support.h"
#include "sink/protobuf_row.h"
#include "sink/record_stream.h"
#include "sink_support.h"
#include "support/fd.h"
#include "support/files.h"

#include <gtest/gtest.h>

#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <fstream>
#include <limits>
#include <map>
#include <random>
#include <sstream>

namespace memory_collector {
namespace {

using testing::Folder;
using testing::hostile_names;
using testing::ms;
using testing::written;

constexpr std::uint64_t greatest = std::numeric_limits<std::uint64_t>::max();

struct Decoded {
    std::string text;
    std::string error; // empty if there was none
    std::uint64_t offset = 0;
};

Decoded decoded(const std::string &data)
{
    const UniqueFd fd{::memfd_create("records", MFD_CLOEXEC)};
    EXPECT_EQ(::write(fd.get(), data.data(), data.size()), static_cast<ssize_t>(data.size()));
    ::lseek(fd.get(), 0, SEEK_SET);
    RecordStream stream{fd.get()};
    Decoded result;
    try {
        while (const auto record = stream.next())
            append_row_as_jsonl(result.text, record->body);
    } catch (const DamagedRecord &error) {
        result.error = error.what();
        result.offset = stream.offset();
    }
    return result;
}

// Every type of row, empty, with everything at its greatest, and with names of all kinds.
void write_samples(Sink &sink)
{
    sink.process({});
    sink.domain({});
    sink.soft({});
    sink.interval({});
    sink.loss({});
    sink.fault({});
    sink.oom({});
    sink.reclaim({});
    sink.self({});
    sink.self_program({});
    for (const std::string &name : hostile_names) {
        ProcessRow process;
        process.type = RowType::process_total;
        process.comm = process.cmdline = process.cgroup = process.container = name;
        process.flags = {name, "warm", name};
        process.pid = 4'194'304;
        process.start_ns = process.end_ns = process.start_time_ns = greatest;
        process.rss_bytes = greatest;
        process.swap_bytes = 0;
        process.llc_bytes_max = 1;
        process.oom.within = {0, 0.5, 0.0625, 1};
        process.oom.expected_s = std::numeric_limits<double>::infinity(); // null
        sink.process(process);
        IntervalRow interval;
        interval.source = "module";
        interval.reason = name;
        interval.notes = {name};
        sink.interval(interval);
        OomRow oom;
        oom.comm = oom.cmdline = oom.unit = oom.trigger_comm = name;
        oom.constraint = "cgroup";
        oom.oom_score_adj = -1000;
        oom.rss_bytes = greatest;
        oom.swap_bytes = 0;
        sink.oom(oom);
        SelfProgramRow program;
        program.group = program.program = name;
        program.run_ns = greatest;
        sink.self_program(program);
    }
    for (const std::int64_t value :
         {std::int64_t{0}, std::int64_t{-1}, std::numeric_limits<std::int64_t>::min(),
          std::numeric_limits<std::int64_t>::max()}) {
        DomainRow domain;
        domain.domain = std::numeric_limits<std::uint32_t>::max();
        domain.total_bytes = 0;
        domain.unattributed_bytes = value;
        sink.domain(domain);
    }
    SoftRow soft;
    soft.cpus = soft.total_bytes = greatest;
    soft.llc_bytes_mean = 7;
    soft.flags = {"", "software"};
    sink.soft(soft);
    FaultRow fault;
    fault.comm = hostile_names[1];
    fault.kind = "kernel";
    fault.address = "0xffffffffffffffff";
    fault.latency_ns = 0;
    fault.weight = greatest;
    sink.fault(fault);
    LossRow loss;
    loss.emitted = greatest;
    loss.ring_overrun = 0;
    sink.loss(loss);
    ReclaimRow reclaim;
    reclaim.direct_ns = greatest;
    reclaim.kswapd_scanned_pages = 0;
    sink.reclaim(reclaim);
    SelfRow self;
    self.map_bytes = greatest;
    self.bpf_run_ns = 0;
    sink.self(self);
}

void write_simulated(Sink &sink)
{
    testing::SimulationOptions options;
    options.short_lives = true;
    const testing::Simulation simulation{options};
    ModelOptions model;
    model.interval_ns = 10 * ms;
    testing::replay_into(testing::pages_of(simulation.streams()), model, sink);
}

TEST(Protobuf, DecodesToTheLinesOfJsonl)
{
    for (const auto &write : {write_samples, write_simulated}) {
        const Decoded back = decoded(written("protobuf", write));
        EXPECT_EQ(back.error, "");
        EXPECT_EQ(back.text, written("jsonl", write));
    }
    EXPECT_GT(written("jsonl", write_simulated).size(), 10'000u);
}

// --- protoc ---

std::string output_of(const std::string &command, int &status)
{
    std::string text;
    FILE *const pipe = ::popen(command.c_str(), "r");
    status = -1;
    if (pipe == nullptr)
        return text;
    char buffer[4096];
    for (std::size_t size; (size = std::fread(buffer, 1, sizeof(buffer), pipe)) != 0;)
        text.append(buffer, size);
    const int ended = ::pclose(pipe);
    status = WIFEXITED(ended) ? WEXITSTATUS(ended) : -1;
    return text;
}

// A string of protobuf's text format, without its quotes.
std::string unescaped(const std::string &text)
{
    std::string out;
    for (std::size_t i = 0; i < text.size(); i++) {
        if (text[i] != '\\') {
            out += text[i];
            continue;
        }
        const char c = text.at(++i);
        if (c >= '0' && c <= '7') {
            out += static_cast<char>(std::stoi(text.substr(i, 3), nullptr, 8));
            i += 2;
        } else {
            out += c == 'n' ? '\n' : c == 'r' ? '\r' : c == 't' ? '\t' : c;
        }
    }
    return out;
}

using Columns = std::map<std::string, std::vector<std::string>>;

// "rows {", "  process {", "    pid: 1", "    comm: \"a\"", "  }", "}"
std::vector<Columns> text_format(const std::string &text)
{
    std::vector<Columns> rows;
    std::istringstream lines{text};
    for (std::string line; std::getline(lines, line);) {
        const std::size_t at = line.find_first_not_of(' ');
        const std::size_t colon = line.find(": ");
        if (at == 0 && line == "rows {")
            rows.emplace_back();
        else if (at == 2 && line.back() == '{')
            rows.back()["type"] = {line.substr(2, line.size() - 4)};
        else if (at == 4 && colon != std::string::npos) {
            const std::string value = line.substr(colon + 2);
            rows.back()[line.substr(4, colon - 4)].push_back(
                value.front() == '"' ? unescaped(value.substr(1, value.size() - 2)) : value);
        }
    }
    return rows;
}

TEST(Protobuf, ProtocReadsWhatJsonlSays)
{
    const Folder folder;
    std::ofstream{folder / "rows.proto"}
        << "syntax = \"proto3\";\n"
           "import \"memory_collector/report.proto\";\n"
           "message Rows { repeated memory_collector.report.Row rows = 1; }\n";
    // protoc has no word for delimited messages; with the tag of `rows` before
    // each they are the fields of one.
    const UniqueFd fd{::memfd_create("records", MFD_CLOEXEC)};
    const auto write = [](Sink &sink) {
        write_samples(sink);
        write_simulated(sink);
    };
    const std::string records = written("protobuf", write);
    ASSERT_EQ(::write(fd.get(), records.data(), records.size()), static_cast<ssize_t>(records.size()));
    ::lseek(fd.get(), 0, SEEK_SET);
    RecordStream stream{fd.get()};
    {
        std::ofstream message{folder / "message", std::ios::binary};
        while (const auto record = stream.next())
            message << '\x0a' << record->whole;
    }
    int status = -1;
    const std::string text = output_of(MC_PROTOC " --decode=Rows -I " MC_INCLUDE " -I " + (folder / ".") +
                                           " " + (folder / "rows.proto") + " <" + (folder / "message"),
                                       status);
    ASSERT_EQ(status, 0);
    const auto rows = text_format(text);
    const auto expected = testing::rows_of(write);
    ASSERT_EQ(rows.size(), expected.size());
    for (std::size_t i = 0; i < rows.size(); i++) {
        Columns columns = rows[i];
        for (const auto &[name, value] : expected[i].items()) {
            const std::vector<std::string> got = columns[name];
            columns.erase(name);
            std::vector<std::string> want;
            if (value.is_array())
                want = value.get<std::vector<std::string>>();
            else if (value.is_string())
                want = {value.get<std::string>()};
            else if (!value.is_null())
                want = {value.dump()};
            // What is always known is not written if it is 0.
            if (want == std::vector<std::string>{"0"} && got.empty())
                continue;
            EXPECT_EQ(got, want) << name << " of " << expected[i];
        }
        EXPECT_TRUE(columns.empty()) << columns.begin()->first << " is no column of " << expected[i];
    }
}

// --- Damage ---

std::string record(const std::string &body)
{
    EXPECT_LT(body.size(), 128u);
    return static_cast<char>(body.size()) + body;
}

TEST(ProtobufDamage, AnyCutIsSaidAndWhatWasBeforeIsWritten)
{
    ProcessRow row;
    row.comm = "name";
    const auto one = [&](Sink &sink) { sink.process(row); };
    const std::string data = written("protobuf", one);
    const std::string line = written("jsonl", one);
    for (std::size_t size = 1; size < data.size(); size++) {
        const Decoded back = decoded(data + data.substr(0, size));
        EXPECT_EQ(back.text, line);
        EXPECT_EQ(back.offset, data.size());
        EXPECT_NE(back.error, "");
    }
}

TEST(ProtobufDamage, EachKindIsNamed)
{
    const std::string good = written("protobuf", [](Sink &sink) { sink.loss({}); });
    struct {
        std::string data;
        const char *says;
    } const table[] = {
        {std::string("\xff\xff\xff\xff\x7f", 5), "no row has more than 1048576"},
        {std::string("\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", 10), "no row has more than 1048576"},
        {std::string("\x81\x80\x40", 3), "a record of 1048577 bytes is announced"},
        {std::string("\x80\x80\x40", 3) + "short", "only 5 follow"},
        {"\x80", "ends within the length"},
        {record(""), "no row in it"},
        {record("\x0a"), "no message of report.proto"},
        {record("\x0a\x05\x01"), "no message of report.proto"},
        {record("\x08\x01"), "field 1 of Row (process) is not of the type"},
        {record("\x0a\x03\x1a\x01x"), "field 3 of ProcessRow (pid) is not of the type"},
        {record("\x7a\x01x"), "field 15 of Row is not known to this version"},
        {record("\x32\x03\xb0\x06\x01"), "field 102 of LossRow is not known to this version"},
        {record("\x0a\x04\x2a\x02\xff\xfe"), "no message of report.proto"},
    };
    for (const auto &[data, says] : table) {
        const Decoded back = decoded(good + data);
        EXPECT_EQ(back.text.find("{\"type\":\"loss\""), 0u);
        EXPECT_NE(back.error.find(says), std::string::npos) << back.error << "\nwanted: " << says;
        EXPECT_EQ(back.offset, good.size()) << says;
        EXPECT_EQ(std::count(back.text.begin(), back.text.end(), '\n'), 1) << says;
    }
}

TEST(ProtobufDamage, AnAnnouncedLengthTakesNoMemory)
{
    const std::string data = std::string("\x80\x80\x40", 3) + "short";
    const std::uint64_t before = testing::allocated_bytes();
    const Decoded back = decoded(data);
    EXPECT_NE(back.error, "");
    EXPECT_LT(testing::allocated_bytes() - before, 512u * 1024);
}

TEST(ProtobufDamage, MutationsNeverCrashNorGrow)
{
    const std::string data = written("protobuf", write_samples);
    std::mt19937 random{20};
    int good = 0;
    int damaged = 0;
    for (int round = 0; round < 4000; round++) {
        std::string mutant = data;
        for (unsigned changes = random() % 4 + 1; changes != 0; changes--) {
            if (mutant.empty())
                break;
            const std::size_t at = random() % mutant.size();
            switch (random() % 5) {
            case 0:
                mutant[at] = static_cast<char>(mutant[at] ^ (1 << random() % 8));
                break;
            case 1:
                mutant[at] = static_cast<char>(random());
                break;
            case 2:
                mutant.erase(at, random() % 8 + 1);
                break;
            case 3:
                mutant.insert(at, mutant, random() % mutant.size(), random() % 64);
                break;
            default:
                mutant.resize(at);
                break;
            }
        }
        const std::uint64_t before = testing::allocated_bytes();
        const Decoded back = decoded(mutant);
        // The buffer, and some tens of bytes for each of the input.
        ASSERT_LT(testing::allocated_bytes() - before, 512u * 1024 + 200 * mutant.size())
            << "round " << round;
        (back.error.empty() ? good : damaged)++;
        ASSERT_LE(back.offset, mutant.size());
        std::istringstream lines{back.text};
        for (std::string line; std::getline(lines, line);)
            ASSERT_TRUE(nlohmann::json::accept(line)) << "round " << round << ": " << line;
    }
    // Both come about, or the mutations are none.
    EXPECT_GT(good, 20);
    EXPECT_GT(damaged, 2000);
}

TEST(ProtobufDamage, TheProgramSaysWhere)
{
    const Folder folder;
    const auto one = [](Sink &sink) { sink.loss({}); };
    const std::string good = written("protobuf", one);
    std::ofstream{folder / "rows", std::ios::binary} << good << "\x7f"
                                                     << "rest";
    int status = -1;
    const std::string text =
        output_of(MC_PROGRAM " decode " + (folder / "rows") + " 2>" + (folder / "errors"), status);
    EXPECT_EQ(status, 1);
    EXPECT_EQ(text, written("jsonl", one));
    const std::string errors = read_file(folder / "errors");
    EXPECT_NE(errors.find("at byte " + std::to_string(good.size()) + ":"), std::string::npos) << errors;
    std::ofstream{folder / "rows", std::ios::binary} << good << good;
    EXPECT_EQ(output_of("cat " + (folder / "rows") + " | " MC_PROGRAM " decode -", status),
              written("jsonl", one) + written("jsonl", one));
    EXPECT_EQ(status, 0);
    output_of(MC_PROGRAM " decode " + (folder / "none") + " 2>&1", status);
    EXPECT_EQ(status, 1);
}

} // namespace
} // namespace memory_collector
