// SPDX-License-Identifier: GPL-2.0-only
//
// Keeps this process's CPU time below a share of the time it has run: work is
// done in small pieces, with waits between them.
#pragma once

#include <cstdint>

namespace memory_collector::compress {

// Who waits, and knows when to stop.
class Waiter {
public:
    virtual ~Waiter() = default;
    // Waits so long; false if all shall end, at once then.
    virtual bool wait(std::uint64_t ns) = 0;
};

// How long to wait so that used is no more than this share of what has passed.
std::uint64_t time_to_wait(std::uint64_t used_ns, std::uint64_t passed_ns, double share);

class CpuPace {
public:
    // Of one CPU; 1 and more: no waits.
    CpuPace(double share, Waiter &waiter);

    // After each piece of work. False if all shall end.
    bool keep();
    // A wait for another reason, in which the share gathers, too.
    bool wait(std::uint64_t ns) { return waiter_.wait(ns); }

private:
    double share_;
    Waiter &waiter_;
    std::uint64_t begun_ns_;
};

} // namespace memory_collector::compress
