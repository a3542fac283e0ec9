// SPDX-License-Identifier: GPL-2.0-only
#include "source/ebpf/kernel_symbols.h"

#include <algorithm>
#include <charconv>

namespace memory_collector::ebpf {

void KernelSymbols::read(std::istream &text)
{
    was_read_ = true;
    std::size_t open = ranges_.size();
    for (std::string line; std::getline(text, line);) {
        // ADDRESS TYPE NAME, and [MODULE] for those of modules.
        std::uint64_t address = 0;
        const char *const end = line.data() + line.size();
        const auto [rest, error] = std::from_chars(line.data(), end, address, 16);
        if (error != std::errc{} || end - rest < 4 || address == 0)
            continue;
        // The one before ends where the next begins; several names may have one address.
        for (; open < ranges_.size() && ranges_[open].begin < address; open++)
            ranges_[open].end = address;
        if ((rest[1] | 0x20) != 't')
            continue;
        const std::string_view name{rest + 3, static_cast<std::size_t>(end - rest - 3)};
        const std::string_view base = name.substr(0, name.find_first_of(".\t "));
        if (std::find(functions_.begin(), functions_.end(), base) != functions_.end())
            ranges_.push_back({std::string{base}, address, address});
    }
}

bool KernelSymbols::has(std::string_view function) const
{
    return std::any_of(ranges_.begin(), ranges_.end(),
                       [&](const Range &range) { return range.function == function; });
}

bool KernelSymbols::within(std::string_view function, std::span<const std::uint64_t> addresses) const
{
    return std::any_of(ranges_.begin(), ranges_.end(), [&](const Range &range) {
        return range.function == function &&
               std::any_of(addresses.begin(), addresses.end(),
                           [&](std::uint64_t at) { return at > range.begin && at <= range.end; });
    });
}

} // namespace memory_collector::ebpf
