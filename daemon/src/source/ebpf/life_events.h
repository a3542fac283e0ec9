// SPDX-License-Identifier: GPL-2.0-only
//
// Processes as they begin, execute and end: events of an eBPF ring, in order of
// time on each CPU.
#pragma once

#include <memory_collector/bpf_records.h>

#include <cstdint>
#include <functional>
#include <memory>

namespace memory_collector::ebpf {

class KernelBtf;

class LifeEvents {
public:
    // Attaches, with a ring of so many bytes or the next power of two. Throws Error.
    LifeEvents(const KernelBtf &btf, std::uint64_t ring_bytes, std::function<void(const mc_bpf_life &)> take);
    ~LifeEvents();
    LifeEvents(const LifeEvents &) = delete;
    LifeEvents &operator=(const LifeEvents &) = delete;

    // Takes all that is there. Throws Error.
    void drain();
    // No program runs any more; what they told can still be drained.
    void detach();

    struct Counts {
        std::uint64_t told = 0;
        // Of them: for want of room in the ring, and because the program was
        // not run while another ran on its CPU (not in `told` by itself, added).
        std::uint64_t dropped = 0;
    };
    // By the programs' own account since they were attached.
    Counts counts() const;
    std::uint64_t taken() const { return taken_; }

private:
    struct Program;
    std::function<void(const mc_bpf_life &)> take_;
    std::unique_ptr<Program> program_;
    std::uint64_t taken_ = 0;

    static int take(void *self, void *data, std::size_t size);
};

} // namespace memory_collector::ebpf
