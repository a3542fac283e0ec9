// SPDX-License-Identifier: GPL-2.0-only
//
// An entry of /proc/PID/pagemap, as in the kernel's documentation of it.
#pragma once

#include <cstdint>

namespace memory_collector::compress {

class PageEntry {
public:
    PageEntry() = default;
    explicit PageEntry(std::uint64_t raw) : raw_(raw) {}

    bool present() const { return bit(63); }
    bool swapped() const { return bit(62); }
    // A page of a file or of shared memory; else it is anonymous.
    bool file() const { return bit(61); }
    bool soft_dirty() const { return bit(55); }
    // 0 without CAP_SYS_ADMIN, and where there is no page.
    std::uint64_t frame() const { return present() ? raw_ & ((std::uint64_t{1} << 55) - 1) : 0; }

    // Whether this is the page of the other entry: as far as can be told without frames.
    bool same_page(const PageEntry &other) const
    {
        return present() && other.present() && file() == other.file() && frame() == other.frame();
    }

private:
    bool bit(unsigned number) const { return (raw_ >> number & 1) != 0; }

    std::uint64_t raw_ = 0;
};

} // namespace memory_collector::compress
