// SPDX-License-Identifier: GPL-2.0-only
//
// In which of some functions of the kernel an address lies.
#pragma once

#include <cstdint>
#include <istream>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace memory_collector::ebpf {

class KernelSymbols {
public:
    // Of these functions, also as the compiler names copies of them (NAME.isra.0, ...).
    explicit KernelSymbols(std::vector<std::string> functions) : functions_(std::move(functions)) {}

    // Reads text as /proc/kallsyms has it, in order of addresses. It takes some 50 ms, so it is
    // done when first needed.
    void read(std::istream &text);
    bool was_read() const { return was_read_; }

    bool has(std::string_view function) const;
    // Any of the addresses is in it.
    bool within(std::string_view function, std::span<const std::uint64_t> addresses) const;

private:
    struct Range {
        std::string function;
        std::uint64_t begin;
        std::uint64_t end;
    };
    std::vector<std::string> functions_;
    std::vector<Range> ranges_;
    bool was_read_ = false;
};

} // namespace memory_collector::ebpf
