// SPDX-License-Identifier: GPL-2.0-only
#include "compress/page_reader.h"

namespace memory_collector::compress {

bool read_present_page(const ProcessMemory &memory, const PageAt &page, std::span<std::byte> to,
                       ReadCounts &counts)
{
    // Nothing between this and the reading: it is the time in which a page could go
    // and would be fetched back by being read.
    const auto before = memory.entry(page.address);
    if (!before || !before->present() || before->file() != page.shmem) {
        counts.gone++;
        return false;
    }
    const bool read = memory.read(page.address, to);
    const auto after = memory.entry(page.address);
    if (!after || !after->present()) {
        counts.gone++;
        return false;
    }
    if (!read) {
        counts.unreadable++;
        return false;
    }
    if (!before->same_page(*after)) {
        counts.replaced++;
        return false;
    }
    counts.read++;
    return true;
}

} // namespace memory_collector::compress
