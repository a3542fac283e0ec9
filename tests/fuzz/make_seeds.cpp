// SPDX-License-Identifier: GPL-2.0-only
//
// make_seeds FOLDER: what the fuzzers of binary input begin with.
#include "fuzz_support.h"
#include "model_support.h"
#include "sink_support.h"

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
    return 0;
}
