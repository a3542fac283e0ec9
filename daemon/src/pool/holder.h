// SPDX-License-Identifier: GPL-2.0-only
//
// The process whose memory is in the pool. It fills its memory once and then does nothing: what
// happens to its pages is done from outside, by process_madvise(2) and /proc/PID/mem.
#pragma once

#include "pool/state.h"
#include "support/fd.h"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <vector>

namespace memory_collector::pool {

inline constexpr std::uint64_t holder_slack = std::uint64_t{16} << 20;

// Begins it in its cgroup, which is there. `known` is called as soon as the process is there, and
// before it does anything: an exception of it ends the process. Then waits until it is filled and has an
// address. Throws Error.
void begin_holder(HolderState &holder, const std::function<void()> &known);

// Ends it, and takes its cgroup away. Either may have gone.
void end_holder(const HolderState &holder);

// Pages of the holder, and the process as a descriptor.
class HolderMemory {
public:
    // Throws Error if the process has gone.
    explicit HolderMemory(HolderState holder);

    std::uint64_t pages() const { return pages_; }
    std::uint64_t page_size() const { return page_size_; }

    // Asks the kernel to move these pages to a swap area.
    void push_out(std::uint64_t first, std::uint64_t count) const;
    // Reads these pages, from wherever they are, and holds them against what they were filled with.
    // Throws Error for one that differs.
    void read_back(std::uint64_t first, std::uint64_t count);

    struct Swapped {
        std::uint64_t pages = 0;
        // Of these, which are written to a device by any kernel; at least so many.
        std::uint64_t others_than_zero = 0;
        unsigned areas = 0; // in how many swap areas; 0: the kernel does not say
    };
    Swapped swapped() const;

private:
    Swapped swapped_by_size() const;

    HolderState holder_;
    UniqueFd process_;
    std::uint64_t page_size_;
    std::uint64_t pages_;
    std::vector<std::byte> buffer_;
};

} // namespace memory_collector::pool
