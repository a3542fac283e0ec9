// SPDX-License-Identifier: GPL-2.0-only
//
// Events of eBPF programs (daemon/bpf/event_buffer.h): through a ring of all
// CPUs or, where the kernel has none, a perf buffer for each CPU.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

struct bpf_map;
struct bpf_program;

namespace memory_collector::ebpf {

enum class BufferKind : std::uint8_t { automatic, ring, perf };

// Throws OptionError for a name that is none.
BufferKind buffer_kind(std::string_view name);

// The maps of an object that includes event_buffer.h.
struct BufferMaps {
    bpf_map *ring;
    bpf_map *perf;
    bpf_map *counts;
};

class EventBuffer {
public:
    // `automatic`: the ring, where this kernel has it. `bytes`: of the ring, of all perf buffers
    // together; the next power of two is taken.
    EventBuffer(BufferKind kind, std::uint64_t bytes);
    ~EventBuffer();
    EventBuffer(const EventBuffer &) = delete;
    EventBuffer &operator=(const EventBuffer &) = delete;

    bool by_perf() const { return by_perf_; }
    // Before the object is loaded: makes one of its maps, or shares those of the first object.
    // Throws Error.
    void prepare(const BufferMaps &maps);
    // After the first object was loaded. Throws Error.
    void open(const BufferMaps &maps);

    // All that is there, each CPU's in its order. With perf buffers also all CPUs' by the time
    // that stands first in each record; what is newer than a moment waits for the next call,
    // unless it is the `last`. Valid during the call only. Throws Error.
    void drain(const std::function<void(std::span<const std::byte>)> &take, bool last = false);

    struct Counts {
        std::uint64_t told = 0;
        std::uint64_t dropped = 0;
    };
    // By the programs' own account. Throws Error.
    Counts counts() const;
    // What the kernel itself says that perf buffers lost; it says so when there is room again.
    std::uint64_t perf_lost() const { return perf_lost_; }
    // Of the buffers that are not maps' memory: perf buffers' pages.
    std::uint64_t perf_bytes() const;

private:
    struct Readers;
    struct Kept {
        std::uint64_t time_ns;
        std::size_t at;
        std::size_t size;
    };

    static int take_ring(void *self, void *data, std::size_t size);
    static int take_perf(void *self, int cpu, void *event);
    void hand_out(std::uint64_t up_to);
    std::size_t pages_of_each() const;

    bool by_perf_;
    std::uint32_t bytes_;
    std::size_t cpus_ = 0;
    std::unique_ptr<Readers> readers_;
    const std::function<void(std::span<const std::byte>)> *take_ = nullptr;
    // Descriptors of the maps, once they are made.
    int counts_ = -1;
    int events_ = -1;
    std::uint64_t perf_lost_ = 0;
    // Of perf buffers: read and not handed out yet.
    std::vector<std::byte> kept_bytes_;
    std::vector<Kept> kept_;
    std::vector<std::byte> next_bytes_;
};

} // namespace memory_collector::ebpf
