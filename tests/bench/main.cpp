// SPDX-License-Identifier: GPL-2.0-only
//
// How fast events are read, beside what others do with the same data in the
// same run: a ring that the kernel filled, and the pages of a real recording.
//
//   reader_benchmark TRACE.dat [Google Benchmark's options]
#include "allocation_support.h"
#include "marker_ring.h"
#include "null_sink.h"
#include "peers.h"
#include "recording.h"

#include "model/model.h"
#include "source/live_ring.h"
#include "source/trace_file.h"
#include "source/trace_libraries.h"
#include "support/error.h"

#include <benchmark/benchmark.h>

#include <chrono>
#include <cstdio>
#include <cstring>
#include <functional>
#include <map>
#include <string>

namespace memory_collector::bench {

namespace {

constexpr std::uint64_t ring_bytes = 8ull << 20;
constexpr std::uint64_t events_per_cpu = 100'000;
constexpr int repetitions = 7;
constexpr int passes = 6;

// Takes the rows and counts what they say.
class CountingSink : public testing::NullSink {
public:
    void process(const ProcessRow &row) override { bytes += row.total_bytes.value_or(0); }
    void interval(const IntervalRow &row) override { events += row.events; }

    std::uint64_t events = 0;
    std::uint64_t bytes = 0;
};

ModelOptions model_options()
{
    ModelOptions options;
    options.interval_ns = 1'000'000'000;
    return options;
}

// Times each pass apart, without what prepares it.
template <typename Prepare, typename Pass>
void measure(benchmark::State &state, Prepare &&prepare, Pass &&pass)
{
    using clock = std::chrono::steady_clock;
    std::uint64_t events = 0;
    std::uint64_t allocated = 0;
    double seconds = 0;
    for (auto _ : state) {
        const std::uint64_t here = prepare();
        const std::uint64_t before = testing::allocations();
        const auto start = clock::now();
        pass();
        const std::chrono::duration<double> time = clock::now() - start;
        allocated += testing::allocations() - before;
        state.SetIterationTime(time.count());
        seconds += time.count();
        events += here;
    }
    const auto all = static_cast<double>(events);
    state.counters["ns_per_event"] = seconds * 1e9 / all;
    state.counters["allocations_per_event"] = static_cast<double>(allocated) / all;
}

void ring_read(benchmark::State &state, MarkerRing &ring)
{
    const auto buffers = ring.open_buffers();
    ring.clear();
    measure(
        state, [&] { return ring.fill(events_per_cpu); },
        [&] { benchmark::DoNotOptimize(drain(buffers, MarkerRing::page_format().page_size)); });
}

// Of a reader that returns how many events it saw.
template <typename Read> void ring_counted(benchmark::State &state, MarkerRing &ring, Read &&read)
{
    ring.clear();
    std::uint64_t written = 0;
    std::uint64_t seen = 0;
    measure(
        state,
        [&] {
            const std::uint64_t more = ring.fill(events_per_cpu);
            written += more;
            return more;
        },
        [&] { seen += read(); });
    if (seen != written)
        state.SkipWithError(("saw " + std::to_string(seen) + " of " + std::to_string(written)).c_str());
}

void ring_parse(benchmark::State &state, MarkerRing &ring)
{
    const auto buffers = ring.open_buffers();
    ring_counted(state, ring, [&] { return parse_by_hand(buffers, MarkerRing::page_format()).events; });
}

void ring_ours(benchmark::State &state, MarkerRing &ring)
{
    ring.clear();
    CountingSink sink;
    Model model{model_options(), sink};
    LiveRing live{ring.table(), ring.open_buffers(), MarkerRing::page_format(), model};
    // The table of processes is as large as it gets.
    std::uint64_t written = ring.fill(events_per_cpu);
    live.drain();
    measure(
        state,
        [&] {
            const std::uint64_t more = ring.fill(events_per_cpu);
            written += more;
            return more;
        },
        [&] { live.drain(); });
    model.finish(0, "end");
    if (sink.events != written || model.malformed_events() != 0)
        state.SkipWithError(
            ("read " + std::to_string(sink.events) + " of " + std::to_string(written)).c_str());
}

void ring_libtracefs(benchmark::State &state, MarkerRing &ring)
{
    const auto tep = ring.parsed_formats();
    ring_counted(state, ring, [&] { return iterate_libtracefs(ring, tep.get()).events; });
}

void pages_copied(benchmark::State &state, const Recording &recording)
{
    testing::Bytes page(recording.page_size());
    measure(
        state, [&] { return recording.events(); },
        [&] {
            for (const auto &pages : recording.pages())
                for (const testing::Bytes &from : pages) {
                    std::memcpy(page.data(), from.data(), from.size());
                    benchmark::ClobberMemory();
                }
        });
}

// The recording again and again: later passes find old slots, which the model
// takes in all the same, so each pass has a model of its own.
void pages_ours(benchmark::State &state, const Recording &recording)
{
    const Recording::Input input = recording.open();
    const EventTable table{tracecmd_get_tep(input.get())};
    const PageFormat format{static_cast<std::uint32_t>(recording.page_size())};
    std::uint64_t malformed = 0;
    std::unique_ptr<Model> model;
    std::vector<RingCursor> cursors;
    CountingSink sink;
    measure(
        state,
        [&] {
            model = std::make_unique<Model>(model_options(), sink);
            cursors.clear();
            for (std::uint32_t cpu = 0; cpu < recording.pages().size(); cpu++)
                cursors.emplace_back(cpu, format, 64, *model);
            return recording.events();
        },
        [&] {
            Merger<RingCursor> merger{table, *model, cursors};
            std::vector<std::size_t> at(cursors.size());
            for (bool left = true; left;) {
                left = false;
                for (std::size_t cpu = 0; cpu < cursors.size(); cpu++) {
                    const auto &pages = recording.pages()[cpu];
                    while (!cursors[cpu].full() && at[cpu] < pages.size()) {
                        const testing::Bytes &page = pages[at[cpu]++];
                        std::memcpy(cursors[cpu].space(), page.data(), page.size());
                        cursors[cpu].filled(page.size());
                    }
                    cursors[cpu].set_more(at[cpu] < pages.size());
                    left = left || cursors[cpu].more();
                }
                merger.run(Merger<RingCursor>::nothing);
            }
            merger.run_rest();
            model->finish(0, "end");
            malformed += model->malformed_events();
        });
    if (malformed != 0 || sink.events == 0)
        state.SkipWithError("the recording was not understood");
}

void file_ours(benchmark::State &state, const Recording &recording)
{
    measure(
        state, [&] { return recording.events(); },
        [&] {
            CountingSink sink;
            Model model{model_options(), sink};
            TraceFile{recording.path()}.feed(model);
            benchmark::DoNotOptimize(sink.bytes);
        });
}

void file_libtracecmd(benchmark::State &state, const Recording &recording)
{
    measure(
        state, [&] { return recording.events(); },
        [&] { benchmark::DoNotOptimize(iterate_libtracecmd(recording)); });
}

void file_trace_cmd(benchmark::State &state, const Recording &recording)
{
    measure(
        state, [&] { return recording.events(); }, [&] { trace_cmd_report(recording.path()); });
}

// The table as ever, and the medians for what is said at the end.
class Reporter : public benchmark::ConsoleReporter {
public:
    void ReportRuns(const std::vector<Run> &runs) override
    {
        for (const Run &run : runs)
            if (run.run_type == Run::RT_Aggregate && run.aggregate_name == "median") {
                const auto of = [&](const char *name) { return run.counters.at(name).value; };
                medians[run.run_name.function_name] = of("ns_per_event");
                allocations[run.run_name.function_name] = of("allocations_per_event");
            }
        ConsoleReporter::ReportRuns(runs);
    }

    std::map<std::string, double> medians;
    std::map<std::string, double> allocations;
};

void say(const Reporter &reporter)
{
    const auto ns = [&](const char *name) {
        const auto found = reporter.medians.find(name);
        return found == reporter.medians.end() ? 0.0 : found->second;
    };
    const double ring = ns("ring/memory-collector");
    const double pages = ns("recording/memory-collector");
    if (ring > 0 && ns("ring/read") > 0) {
        const double allowed = 1.5 * ns("ring/parse");
        std::printf("\nA ring filled by the kernel, rdt_sample events, ns per event (median of %d):\n",
                    repetitions);
        std::printf("  read(2) alone       %8.2f\n", ns("ring/read"));
        std::printf("  parsed by hand      %8.2f   the same and a sum per RMID, the least a reader can do\n",
                    ns("ring/parse"));
        std::printf("  memory-collector    %8.2f   aim: at most 1.5 times that, %.2f: %s\n", ring, allowed,
                    ring <= allowed ? "met" : "missed");
        std::printf("  libtracefs, cached  %8.2f   %.1f times ours; aim: 10\n", ns("ring/libtracefs"),
                    ns("ring/libtracefs") / ring);
        std::printf("  allocations per event of ours: %.6f\n",
                    reporter.allocations.at("ring/memory-collector"));
    }
    if (pages > 0 && ns("recording/copy") > 0) {
        std::printf("\nPages of a real recording, all events, ns per event (median of %d):\n", repetitions);
        std::printf("  memcpy alone        %8.2f\n", ns("recording/copy"));
        std::printf("  memory-collector    %8.2f   from pages, as run reads them\n", pages);
        std::printf("  memory-collector    %8.2f   `report`, by trace-cmd's library\n",
                    ns("file/memory-collector"));
        std::printf("  libtracecmd, cached %8.2f   %.1f times ours from pages\n", ns("file/libtracecmd"),
                    ns("file/libtracecmd") / pages);
        std::printf("  trace-cmd report    %8.2f   %.1f times ours from pages; aim: 40\n",
                    ns("file/trace-cmd-report"), ns("file/trace-cmd-report") / pages);
    }
}

int run(int argc, char **argv)
{
    benchmark::Initialize(&argc, argv);
    if (argc != 2) {
        std::fprintf(stderr, "usage: reader_benchmark TRACE.dat [--benchmark_filter=...]\n");
        return 2;
    }
    const Recording recording{argv[1]};
    MarkerRing ring{ring_bytes};
    std::printf("recording: %llu events of %zu CPUs\n", static_cast<unsigned long long>(recording.events()),
                recording.pages().size());
    const auto add = [](const char *name, std::function<void(benchmark::State &)> body) {
        benchmark::RegisterBenchmark(name, std::move(body))
            ->UseManualTime()
            ->Iterations(passes)
            ->Repetitions(repetitions)
            ->ReportAggregatesOnly()
            ->Unit(benchmark::kMillisecond);
    };
    add("ring/read", [&](benchmark::State &state) { ring_read(state, ring); });
    add("ring/parse", [&](benchmark::State &state) { ring_parse(state, ring); });
    add("ring/memory-collector", [&](benchmark::State &state) { ring_ours(state, ring); });
    add("ring/libtracefs", [&](benchmark::State &state) { ring_libtracefs(state, ring); });
    add("recording/copy", [&](benchmark::State &state) { pages_copied(state, recording); });
    add("recording/memory-collector", [&](benchmark::State &state) { pages_ours(state, recording); });
    add("file/memory-collector", [&](benchmark::State &state) { file_ours(state, recording); });
    add("file/libtracecmd", [&](benchmark::State &state) { file_libtracecmd(state, recording); });
    add("file/trace-cmd-report", [&](benchmark::State &state) { file_trace_cmd(state, recording); });
    Reporter reporter;
    benchmark::RunSpecifiedBenchmarks(&reporter);
    if (ring.overrun() != 0)
        throw Error("the ring overran: the benchmark is wrong");
    say(reporter);
    return 0;
}

} // namespace

} // namespace memory_collector::bench

int main(int argc, char **argv)
{
    try {
        return memory_collector::bench::run(argc, argv);
    } catch (const std::exception &error) {
        std::fprintf(stderr, "reader_benchmark: error: %s\n", error.what());
        return 1;
    }
}
