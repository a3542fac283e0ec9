// SPDX-License-Identifier: GPL-2.0-only
#include "compress/sweep.h"

#include "compress/estimate.h"
#include "support/clock.h"

#include <algorithm>
#include <utility>

namespace memory_collector::compress {

namespace {

constexpr std::size_t smallest_size = 1024;
constexpr std::size_t size_step = 4;
constexpr std::size_t most_of_pages = std::size_t{1} << 20;
constexpr double bytes_per_mib = 1 << 20;

struct Clocks {
    std::uint64_t wall;
    std::uint64_t thread;
    std::uint64_t process;
};

Clocks clocks_now()
{
    // The wall clock has the cost of asking the other two in it: nothing beside a span.
    return {monotonic_ns(), clock_ns(CLOCK_THREAD_CPUTIME_ID), clock_ns(CLOCK_PROCESS_CPUTIME_ID)};
}

// Where a clock is coarse, spans are longer.
std::uint64_t least_span_ns()
{
    constexpr std::uint64_t steps = 1000;
    std::uint64_t least = ns_per_ms;
    for (const clockid_t clock : {CLOCK_MONOTONIC, CLOCK_THREAD_CPUTIME_ID, CLOCK_PROCESS_CPUTIME_ID}) {
        timespec step{};
        clock_getres(clock, &step);
        least = std::max(least, steps * static_cast<std::uint64_t>(step.tv_nsec));
    }
    return least;
}

// Passes over the input, timed.
class Runs {
public:
    template <typename Pass> void span(const Pass &pass, unsigned passes)
    {
        const Clocks begin = clocks_now();
        for (unsigned i = 0; i < passes; i++)
            pass();
        const Clocks end = clocks_now();
        last_ns_ = end.wall - begin.wall;
        const auto ms = [passes](std::uint64_t from, std::uint64_t to) {
            return static_cast<double>(to - from) / 1e6 / passes;
        };
        wall_.push_back(ms(begin.wall, end.wall));
        thread_.push_back(ms(begin.thread, end.thread));
        process_.push_back(ms(begin.process, end.process));
    }
    std::uint64_t last_ns() const { return last_ns_; }
    unsigned count() const { return static_cast<unsigned>(wall_.size()); }
    // What was a warm-up only.
    void forget()
    {
        wall_.clear();
        thread_.clear();
        process_.clear();
    }
    PassMedians medians(std::size_t bytes) const
    {
        std::vector<double> speed;
        for (const double ms : wall_)
            speed.push_back(static_cast<double>(bytes) / bytes_per_mib / (ms / 1e3));
        return {median(wall_), median(thread_), median(process_), median(speed)};
    }

private:
    std::uint64_t last_ns_ = 0;
    std::vector<double> wall_;
    std::vector<double> thread_;
    std::vector<double> process_;
};

// One codec on one input, with room for what comes out of each piece.
class Work {
public:
    Work(Codec &codec, const SweepInput &input)
        : codec_(codec), input_(input), pieces_(input.bytes.size() / input.piece),
          room_(codec.bound(input.piece)), packed_(pieces_ * room_), unpacked_(input.bytes.size()),
          sizes_(pieces_)
    {
    }

    void compress()
    {
        for (std::size_t i = 0; i < pieces_; i++)
            sizes_[i] = codec_.compress(input_.bytes.subspan(i * input_.piece, input_.piece),
                                        packed_.bytes().subspan(i * room_, room_));
    }
    void decompress()
    {
        for (std::size_t i = 0; i < pieces_; i++)
            valid_ = codec_.decompress(packed_.bytes().subspan(i * room_, sizes_[i]),
                                       unpacked_.bytes().subspan(i * input_.piece, input_.piece)) &&
                     valid_;
    }
    // Before decompressing, so that what is compared later is of that.
    void spoil()
    {
        std::transform(input_.bytes.begin(), input_.bytes.end(), unpacked_.bytes().begin(),
                       [](std::byte byte) { return ~byte; });
    }
    bool valid() const
    {
        const auto back = std::as_const(unpacked_).bytes();
        return valid_ && std::equal(back.begin(), back.end(), input_.bytes.begin(), input_.bytes.end());
    }
    std::uint64_t compressed_bytes() const
    {
        std::uint64_t sum = 0;
        for (const std::size_t size : sizes_)
            sum += size;
        return sum;
    }

private:
    Codec &codec_;
    const SweepInput &input_;
    std::size_t pieces_;
    std::size_t room_;
    SecretBuffer packed_;
    SecretBuffer unpacked_;
    std::vector<std::size_t> sizes_;
    bool valid_ = true;
};

// How many passes make a span, each try a longer one; the last try stays in runs.
template <typename Pass> unsigned passes_per_span(Runs &runs, const Pass &pass)
{
    const std::uint64_t least = least_span_ns();
    unsigned passes = 1;
    runs.span(pass, passes);
    while (runs.last_ns() < least) {
        // The first pass is slower than those that follow.
        const std::uint64_t now = passes;
        passes = static_cast<unsigned>(
            std::clamp(now * (least + least / 4) / (runs.last_ns() + 1), now * 2, now * 64));
        runs.forget();
        runs.span(pass, passes);
    }
    return passes;
}

} // namespace

double median(std::vector<double> values)
{
    const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
    std::nth_element(values.begin(), middle, values.end());
    if (values.size() % 2 != 0)
        return *middle;
    return (*middle + *std::max_element(values.begin(), middle)) / 2;
}

std::vector<SweepInput> inputs_of(const DataSet &set, std::size_t most)
{
    const std::span<const std::byte> bytes =
        std::span<const std::byte>{set.bytes.bytes()}.first(std::min(set.bytes.size(), most));
    std::vector<SweepInput> inputs;
    for (std::size_t size = smallest_size; size <= bytes.size(); size *= size_step)
        inputs.push_back({set.name, bytes.first(size), size});
    if (set.bytes.size() <= most && (inputs.empty() || inputs.back().bytes.size() != bytes.size()))
        inputs.push_back({set.name, bytes, bytes.size()});
    const std::size_t pages = std::min(bytes.size(), most_of_pages) / page_bytes;
    if (pages != 0)
        inputs.push_back({set.name + ":pages", bytes.first(pages * page_bytes), page_bytes});
    return inputs;
}

std::optional<SweepRow> measure(Codec &codec, const SweepInput &input, const SweepEffort &effort,
                                const std::function<bool()> &stop)
{
    Work work{codec, input};
    SweepRow row;
    row.setting = codec.setting();
    row.dataset_type = input.dataset_type;
    row.size_bytes = input.bytes.size();

    Runs compressing;
    const auto compress = [&work] { work.compress(); };
    const unsigned passes = passes_per_span(compressing, compress);
    const std::uint64_t affordable = effort.row_ns / std::max<std::uint64_t>(compressing.last_ns(), 1);
    row.runs = static_cast<unsigned>(std::clamp<std::uint64_t>(affordable, 1, effort.runs));
    row.warmups = static_cast<unsigned>(
        std::min<std::uint64_t>(effort.warmups, affordable > row.runs ? affordable - row.runs : 0));
    const auto make_runs = [&](Runs &runs, const auto &pass, unsigned per_span) {
        for (unsigned i = 0; i < row.warmups && !stop(); i++)
            runs.span(pass, per_span);
        // The try that found out how many passes make a span stands for the only run of a slow one.
        if (row.runs > 1 || row.warmups != 0)
            runs.forget();
        while (runs.count() < row.runs && !stop())
            runs.span(pass, per_span);
        return runs.count() == row.runs;
    };
    if (!make_runs(compressing, compress, passes))
        return std::nullopt;

    Runs decompressing;
    const auto decompress = [&work] { work.decompress(); };
    work.spoil();
    if (!make_runs(decompressing, decompress, passes_per_span(decompressing, decompress)))
        return std::nullopt;

    row.compressed_bytes_median = work.compressed_bytes();
    row.ratio_median = static_cast<double>(row.compressed_bytes_median) / static_cast<double>(row.size_bytes);
    row.compress = compressing.medians(input.bytes.size());
    row.decompress = decompressing.medians(input.bytes.size());
    row.valid = work.valid();
    codec.wipe();
    return row;
}

} // namespace memory_collector::compress
