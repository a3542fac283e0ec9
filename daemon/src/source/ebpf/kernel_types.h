// SPDX-License-Identifier: GPL-2.0-only
//
// What the running kernel's own description of its types (BTF) says of what
// eBPF programs may be attached to.
#pragma once

#include <memory>
#include <string>

struct btf;

namespace memory_collector::ebpf {

class KernelTypes {
public:
    // Throws Error.
    KernelTypes();

    bool has_tracepoint(const std::string &name) const;
    bool has_function(const std::string &name) const;
    // The structure that the tracepoint's argument points to, counted from 0; empty if it is no
    // such pointer, or there is no such tracepoint.
    std::string structure_of(const std::string &tracepoint, unsigned argument) const;

private:
    struct Free {
        void operator()(btf *types) const;
    };
    std::unique_ptr<btf, Free> types_;
};

} // namespace memory_collector::ebpf
