// SPDX-License-Identifier: GPL-2.0-only
//
// make_seeds FOLDER: what the fuzzers of binary input begin with.
#include "fuzz_support.h"
#include "model_support.h"
#include "oom/trace_writer.h"
#include "sink/output.h"
#include "sink_support.h"
#include "support/fd.h"

#include <fcntl.h>

#include <algorithm>
#include <cstdio>
#include <cstring>

using namespace memory_collector;

namespace {

void write(const std::filesystem::path &file, std::string_view bytes)
{
    std::filesystem::create_directories(file.parent_path());
    std::ofstream{file, std::ios::binary | std::ios::trunc} << bytes;
}

// Without what follows the page's data: inputs are to be short.
std::string_view used(const testing::Bytes &page)
{
    const PageFormat format;
    std::uint32_t commit = 0;
    std::memcpy(&commit, page.data() + format.commit_offset, sizeof(commit));
    constexpr std::uint32_t flags = 0xfff00000; // events were lost before
    return {reinterpret_cast<const char *>(page.data()),
            std::min<std::size_t>(page.size(), format.data_offset + (commit & ~flags) + 8)};
}

// A recording with a line of each kind.
void record(const std::filesystem::path &file)
{
    std::filesystem::create_directories(file.parent_path());
    const UniqueFd fd{::open(file.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644)};
    Output output = Output::descriptor(fd.get());
    const std::uint64_t start = 1'000'000'000;
    oom::TraceWriter writer{output, oom::TraceHeader{100 * testing::ms, start, 4096, "6.12"}};
    writer.appeared(start, oom::Target{});
    writer.appeared(start, oom::Target{1, oom::TargetKind::cgroup_v2, "/a, b"});
    oom::SignalValues signals;
    oom::ProcessSample process;
    process.set_name("le,ak");
    for (unsigned i = 0; i < 4; i++) {
        const std::uint64_t now = start + i * 100 * testing::ms;
        signals.set(oom::Signal::limit, i == 3 ? oom::SignalValues::no_limit : 64 << 20);
        signals.set(oom::Signal::anon, std::uint64_t{i} << 20);
        writer.sampled(now, oom::host_target, signals);
        writer.sampled(now, 1, signals);
        process.pid = 100 + i;
        process.anon = std::uint64_t{i} << 20;
        writer.looked(now, 1, {&process, 1});
    }
    writer.killed(start + 300 * testing::ms, oom::Victim{1, 103, "le,ak"});
    writer.vanished(start + 300 * testing::ms, 1);
    output.flush();
}

} // namespace

int main(int count, char **arguments)
{
    if (count != 2) {
        std::fputs("usage: make_seeds FOLDER\n", stderr);
        return 2;
    }
    const std::filesystem::path folder{arguments[1]};
    for (unsigned seed = 1; seed <= 4; seed++) {
        testing::SimulationOptions simulated;
        simulated.cpus = 2;
        simulated.processes = seed;
        simulated.slots = 12;
        simulated.seed = seed;
        simulated.started = seed % 2 == 0;
        simulated.short_lives = seed > 2;
        const testing::Simulation simulation{simulated};
        const auto pages = testing::pages_of(simulation.streams());
        std::string ring;
        for (std::size_t at = 0; at < pages[0].size() || at < pages[1].size(); at++)
            for (const auto &cpu : pages) {
                if (at == cpu.size())
                    continue;
                const std::string_view bytes = used(cpu[at].page);
                ring += static_cast<char>(bytes.size() & 0xff);
                ring += static_cast<char>(bytes.size() >> 8);
                ring += bytes;
                if (at < 2)
                    write(folder / "page_fuzz" / std::to_string(seed * 10 + at), bytes);
            }
        write(folder / "ring_fuzz" / std::to_string(seed), ring);
        ModelOptions options;
        options.interval_ns = 4 * testing::ms;
        write(folder / "protobuf_fuzz" / std::to_string(seed),
              testing::written("protobuf", [&](Sink &sink) { testing::replay_into(pages, options, sink); }));
    }
    record(folder / "oom_trace_fuzz" / "all");
    return 0;
}
