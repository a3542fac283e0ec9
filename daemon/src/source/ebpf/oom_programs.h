// SPDX-License-Identifier: GPL-2.0-only
//
// The kernel's kills for want of memory, as events in the buffer of the life events.
#pragma once

#include "model/machine_events.h"
#include "source/ebpf/event_buffer.h"
#include "source/ebpf/kernel_symbols.h"

#include <memory_collector/bpf_records.h>

#include <memory>

struct bpf_object;

namespace memory_collector::ebpf {

class KernelBtf;

class OomPrograms {
public:
    // Attaches; the buffer is open. Throws Error.
    OomPrograms(const KernelBtf &btf, EventBuffer &buffer);
    ~OomPrograms();
    OomPrograms(const OomPrograms &) = delete;
    OomPrograms &operator=(const OomPrograms &) = delete;

    void detach();
    // Events that were not told since a program ran on that CPU already.
    std::uint64_t missed() const;
    OomKill kill(const mc_bpf_oom &event);
    bpf_object *object() const;

private:
    struct Program;
    std::unique_ptr<Program> program_;
    KernelSymbols symbols_;
};

} // namespace memory_collector::ebpf
