// SPDX-License-Identifier: GPL-2.0-only
//
// What a workload sees of the process that it runs in.
#pragma once

#include "lab/common_options.h"
#include "lab/contents.h"
#include "lab/ledger.h"
#include "lab/pacing.h"
#include "lab/random.h"

#include <cstddef>
#include <cstdint>
#include <span>

namespace memory_collector::lab {

class Worker {
public:
    Worker(const CommonOptions &common, std::size_t index, Board &board, Tally &tally);

    std::size_t index() const { return index_; }
    const CommonOptions &common() const { return common_; }
    Counts &counts() { return tally_.counts; }
    Tally &tally() { return tally_; }
    Random &random() { return random_; }
    Contents &contents() { return contents_; }

    std::uint64_t part_of(std::uint64_t amount) const { return common_.part_of(amount, index_); }

    // Waits for the start; false if there is none.
    bool wait_for_start();
    std::uint64_t start_ns() const { return start_ns_; }
    std::uint64_t end_ns() const { return start_ns_ + common_.duration_ns; }

    // Told to stop, or time is up.
    bool over() const;
    // Until a time of CLOCK_MONOTONIC; false if it is over before.
    bool wait_until(std::uint64_t ns) const;
    // The same, and notes how late it is then.
    bool wait_until_due(std::uint64_t ns);

    // Calls operate(count) for each batch of the schedule that is this worker's, when it
    // is due. Operations that are late are made up for as fast as can be, until the end.
    template <typename Operate> void paced(const Schedule &schedule, Operate &&operate)
    {
        for (std::uint64_t batch = index_; batch < schedule.batches(); batch += common_.workers) {
            if (!wait_until_due(start_ns_ + schedule.due_ns(batch)))
                return;
            const std::uint64_t count = schedule.in_batch(batch);
            const std::uint64_t done = operate(count);
            tally_.counts.operations += done;
            if (done < count)
                return;
        }
    }

    // Writes contents into whole pages; some of them are measured, the first ones unless
    // `spread` is more than 1: then one of so many.
    void write(std::span<std::byte> pages, std::uint64_t spread = 1);

private:
    static constexpr std::uint64_t most_measured = 256;

    const CommonOptions &common_;
    std::size_t index_;
    Board &board_;
    Tally &tally_;
    Random random_;
    Contents contents_;
    std::uint64_t start_ns_ = 0;
    std::uint64_t measured_ = 0;
    std::uint64_t written_ = 0;
};

std::size_t page_size();

} // namespace memory_collector::lab
