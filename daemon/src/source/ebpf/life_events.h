// SPDX-License-Identifier: GPL-2.0-only
//
// Processes as they begin, execute and end, and OOM kills: events of an eBPF
// buffer, in order of time on each CPU.
#pragma once

#include "model/machine_events.h"
#include "source/ebpf/event_buffer.h"

#include <memory_collector/bpf_records.h>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <vector>

struct bpf_object;

namespace memory_collector::ebpf {

class KernelBtf;

class LifeEvents {
public:
    struct Take {
        std::function<void(const mc_bpf_life &)> life;
        std::function<void(OomKill)> oom = {};
        // A record that is neither.
        std::function<void()> malformed = {};
    };

    // Attaches, with a buffer of so many bytes or the next power of two. Throws Error. A kernel
    // that does not let OOM kills be told is named in the log.
    LifeEvents(const KernelBtf &btf, BufferKind kind, std::uint64_t buffer_bytes, Take take);
    ~LifeEvents();
    LifeEvents(const LifeEvents &) = delete;
    LifeEvents &operator=(const LifeEvents &) = delete;

    // Takes all that is there. Throws Error.
    void drain();
    // No program runs any more; what they told can still be drained.
    void detach();

    // Told so far; of these dropped for want of room in the buffer, and because the program was not
    // run while another ran on its CPU (not in the programs' own count, added here).
    using Counts = EventBuffer::Counts;
    Counts counts() const;
    std::uint64_t taken() const { return taken_; }
    bool by_perf() const { return buffer_.by_perf(); }

    std::vector<bpf_object *> objects() const;
    // Of the buffer, where that is no map's memory.
    std::uint64_t buffer_bytes() const { return buffer_.perf_bytes(); }

private:
    struct Program;
    void take(std::span<const std::byte> record);

    Take take_;
    EventBuffer buffer_;
    std::unique_ptr<Program> program_;
    std::function<void(std::span<const std::byte>)> hand_over_;
    std::uint64_t taken_ = 0;
    bool detached_ = false;
};

} // namespace memory_collector::ebpf
