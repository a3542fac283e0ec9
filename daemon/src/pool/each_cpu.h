// SPDX-License-Identifier: GPL-2.0-only
#pragma once

#include <sched.h>

#include <cstddef>

namespace memory_collector::pool {

// Moves this process from one of its CPUs to the next; it may run on all of them again at the end.
// New pages wait in a list of the CPU that made them, and are paged out by whoever runs there.
class EachCpu {
public:
    EachCpu();
    ~EachCpu();
    EachCpu(const EachCpu &) = delete;
    EachCpu &operator=(const EachCpu &) = delete;

    std::size_t count() const { return count_; }
    void next();

private:
    cpu_set_t allowed_{};
    std::size_t count_ = 1;
    std::size_t at_ = 0;
};

} // namespace memory_collector::pool
