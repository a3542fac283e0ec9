// SPDX-License-Identifier: GPL-2.0-only
//
// Probes of the C library's malloc and its kin: what it has handed out to each process.
#pragma once

#include "model/model.h"

#include <memory>
#include <span>
#include <string>

struct bpf_object;

namespace memory_collector::ebpf {

class KernelBtf;

class MallocProbes {
public:
    // Of the C library that this program itself uses. Throws Error.
    explicit MallocProbes(const KernelBtf &btf);
    ~MallocProbes();
    MallocProbes(const MallocProbes &) = delete;
    MallocProbes &operator=(const MallocProbes &) = delete;

    void sample(Model &model, std::span<const ProcessKey> ended);
    bpf_object *object() const;

private:
    struct Program;
    void attach(const std::string &library);
    void sweep();

    std::unique_ptr<Program> program_;
    // Pieces in the list whose processes have ended.
    std::uint64_t stale_ = 0;
};

} // namespace memory_collector::ebpf
