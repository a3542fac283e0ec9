// SPDX-License-Identifier: GPL-2.0-only
//
// A probe: eBPF programs of its own, attached from its making to its end.
#pragma once

#include "probe/settings.h"
#include "sink/output.h"

#include <cstdint>
#include <memory>
#include <string_view>

namespace memory_collector::probe {

// By the programs' own account.
struct Account {
    std::uint64_t told = 0;    // events that passed the filters
    std::uint64_t dropped = 0; // of these, for want of room in the ring
    std::uint64_t taken = 0;   // of these, read from the ring
    // Not looked at: another run of the program was under way on that CPU.
    std::uint64_t missed = 0;
    std::uint64_t unplaced = 0; // of processes beyond those a summary has room for
    std::uint64_t untimed = 0;  // ends whose begin was not seen: in the counts, not in the times
    bool events = false;        // there is a ring: told = taken + dropped
};

class Probe {
public:
    Probe() = default;
    virtual ~Probe() = default;
    Probe(const Probe &) = delete;
    Probe &operator=(const Probe &) = delete;

    // Becomes readable when there is something to take; -1 where nothing comes that way.
    virtual int fd() const { return -1; }
    // Writes what has come; true if there may be more.
    virtual bool take(Output &) { return false; }
    // Called once a second.
    virtual void second(Output &) {}
    // Detaches, and writes what is left and the summary.
    virtual Account finish(Output &output) = 0;
};

// Each loads and attaches, or throws Error.
std::unique_ptr<Probe> make_fork_probe(const Settings &settings);
std::unique_ptr<Probe> make_fault_probe(const Settings &settings);
std::unique_ptr<Probe> make_swap_probe(const Settings &settings);

} // namespace memory_collector::probe
