// SPDX-License-Identifier: GPL-2.0-only
#pragma once

#include "oom/kept_file.h"
#include "oom/signals.h"

#include <cstdint>
#include <span>
#include <vector>

namespace memory_collector::oom {

// Of so many processes at most the sizes are read in one look: of the largest.
inline constexpr std::size_t most_processes = 256;

// Reads the sizes of processes. Those that end while it reads are not there;
// nor are kernel threads, which have none.
class ProcessReader {
public:
    void read(std::span<const std::uint32_t> pids, ReadBuffer &buffer, std::vector<ProcessSample> &to);
    // Every process of the host, ascending.
    static void all_pids(std::vector<std::uint32_t> &to);

private:
    std::vector<std::pair<std::uint64_t, std::uint32_t>> by_size_;
    std::vector<std::uint32_t> largest_;
};

} // namespace memory_collector::oom
