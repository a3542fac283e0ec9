// SPDX-License-Identifier: GPL-2.0-only
#include "lab/worker.h"

#include "lab/futex.h"
#include "support/clock.h"

#include <unistd.h>

namespace memory_collector::lab {

std::size_t page_size()
{
    return static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
}

Worker::Worker(const CommonOptions &common, std::size_t index, Board &board, Tally &tally)
    : common_(common), index_(index), board_(board), tally_(tally),
      random_(Random{common.seed}.next() + index), contents_(common.entropy, random_.next())
{
}

bool Worker::wait_for_start()
{
    tally_.ready = 1;
    while (board_.phase == phase_wait)
        wait_for_change(board_.phase, phase_wait, monotonic_ns() + ns_per_s);
    start_ns_ = board_.start_ns;
    return board_.phase == phase_run && wait_until(start_ns_);
}

bool Worker::over() const
{
    return board_.phase == phase_stop || (start_ns_ != 0 && monotonic_ns() >= end_ns());
}

bool Worker::wait_until(std::uint64_t ns) const
{
    while (!over()) {
        if (monotonic_ns() >= ns)
            return true;
        wait_for_change(board_.phase, phase_run, std::min(ns, end_ns()));
    }
    return false;
}

bool Worker::wait_until_due(std::uint64_t ns)
{
    if (!wait_until(ns))
        return false;
    tally_.lateness.add(monotonic_ns() - ns);
    return true;
}

void Worker::write(std::span<std::byte> pages, std::uint64_t spread)
{
    const std::size_t size = page_size();
    for (; pages.size() >= size; pages = pages.subspan(size)) {
        const std::span<std::byte> page = pages.first(size);
        contents_.fill(page);
        if (written_++ % spread == 0 && measured_ < most_measured) {
            measured_++;
            tally_.counts.measured_bytes += size;
            tally_.counts.compressed_bytes += compressed_size(page);
        }
        tally_.counts.pages_written++;
    }
}

} // namespace memory_collector::lab
