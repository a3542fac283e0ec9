// SPDX-License-Identifier: GPL-2.0-only
//
// Where eBPF objects find the running kernel's types (CO-RE): in the kernel's own
// BTF, or in a file that somebody made for it.
#pragma once

#include <bpf/libbpf.h>

#include <string>

namespace memory_collector::ebpf {

class KernelBtf {
public:
    static constexpr const char *own = "/sys/kernel/btf/vmlinux";

    // No file: the kernel's own. Throws Error if the file is no BTF of a kernel, or
    // that of another kernel than the running one, as far as can be seen.
    explicit KernelBtf(std::string file = {});

    KernelBtf(const KernelBtf &) = delete;
    KernelBtf &operator=(const KernelBtf &) = delete;

    // For the open() of every skeleton. libbpf keeps a copy of what it needs.
    const bpf_object_open_opts *options() const { return &options_; }

private:
    std::string file_;
    bpf_object_open_opts options_{};
};

} // namespace memory_collector::ebpf
