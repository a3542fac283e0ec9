// SPDX-License-Identifier: GPL-2.0-only
//
// A ring's pages all the way to rows: of two CPUs in turns, each page behind its
// length in two bytes. What rows look like as text is not its matter: writing them
// was most of its time, since a damaged time makes intervals by the thousand.
#include "fuzz_support.h"
#include "model_support.h"
#include "null_sink.h"
#include "support/error.h"

#include <algorithm>
#include <cstring>
#include <utility>
#include <vector>

using namespace memory_collector;

namespace {

struct Enough {};

class RowChecker : public testing::NullSink {
public:
    void process(const ProcessRow &row) override
    {
        // Of its whole life it is told later, and from another time on.
        if (row.type == RowType::process)
            of_interval(row.start_ns, row.end_ns);
    }
    void domain(const DomainRow &row) override { of_interval(row.start_ns, row.end_ns); }
    void soft(const SoftRow &row) override { of_interval(row.start_ns, row.end_ns); }
    void interval(const IntervalRow &row) override
    {
        fuzz::require(row.start_ns <= row.end_ns, "an interval ends after it begins");
        fuzz::require(row.start_ns >= last_end_ns_, "no interval reaches into the one before");
        for (const auto &[start_ns, end_ns] : rows_)
            fuzz::require(start_ns == row.start_ns && end_ns == row.end_ns, "rows are of their interval");
        rows_.clear();
        last_end_ns_ = row.end_ns;
        // A damaged time is so far ahead: empty intervals up to there say nothing new.
        if (++intervals_ == most_intervals)
            throw Enough{};
    }

private:
    static constexpr unsigned most_intervals = 100;

    void of_interval(std::uint64_t start_ns, std::uint64_t end_ns) { rows_.emplace_back(start_ns, end_ns); }

    std::vector<std::pair<std::uint64_t, std::uint64_t>> rows_;
    std::uint64_t last_end_ns_ = 0;
    unsigned intervals_ = 0;
};

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size)
{
    std::vector<std::vector<testing::BurstPage>> pages(2);
    constexpr std::size_t most_pages = 64; // room is made for each
    std::uint16_t length = 0;
    for (std::size_t at = 0, page = 0; at + sizeof(length) <= size && page < most_pages; page++) {
        std::memcpy(&length, data + at, sizeof(length));
        at += sizeof(length);
        const std::size_t here = std::min({std::size_t{length}, size - at, std::size_t{4096}});
        if (here == 0)
            break; // a read of nothing is no page
        const auto *const begin = reinterpret_cast<const std::byte *>(data) + at;
        pages[page % 2].push_back({page, testing::Bytes{begin, begin + here}});
        at += here;
    }
    RowChecker rows;
    ModelOptions options;
    options.interval_ns = 10 * testing::ms;
    try {
        testing::replay_into(pages, options, rows);
    } catch (const Error &) {
        // A CPU or a domain that no machine has.
    } catch (const Enough &) {
    }
    return 0;
}
