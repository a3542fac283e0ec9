// SPDX-License-Identifier: GPL-2.0-only
//
// /proc/PID/smaps, piece by piece: what a mapping is, and how much of it is in
// memory. Names are not looked at: they are the process's own and may be
// anything.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace memory_collector::compress {

struct Mapping {
    std::uint64_t begin = 0;
    std::uint64_t end = 0;
    bool shared = false;
    // Of the file system that holds it; 0 for anonymous memory.
    std::uint32_t device_major = 0;
    std::uint32_t device_minor = 0;
    std::uint64_t resident_bytes = 0;
    std::uint64_t anonymous_bytes = 0; // of the resident ones
    std::uint64_t referenced_bytes = 0;
    std::uint64_t swapped_bytes = 0;
    // From VmFlags, which the kernel writes last: without it nothing is known.
    bool flags_known = false;
    bool device = false;  // io, pf, mm: VM_IO, VM_PFNMAP, VM_MIXEDMAP
    bool hugetlb = false; // ht
    bool locked = false;  // lo: mlock(2)
    bool soft_dirty = false;
};

class SmapsParser {
public:
    explicit SmapsParser(std::function<void(const Mapping &)> found) : found_(std::move(found)) {}

    // Any piece of the text, in order.
    void feed(std::string_view text);
    // There is no more.
    void end();

private:
    void line(std::string_view text);

    std::function<void(const Mapping &)> found_;
    std::string line_;
    Mapping mapping_;
    bool in_mapping_ = false;
};

} // namespace memory_collector::compress
