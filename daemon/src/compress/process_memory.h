// SPDX-License-Identifier: GPL-2.0-only
//
// The memory of another process, as its /proc files show it. All are opened at
// once and belong to the memory that the process had then: after an exec, or
// when another process has got its pid, they show nothing, never the wrong
// memory (as process_vm_readv(2), which goes by pid, could).
#pragma once

#include "compress/page_entry.h"
#include "compress/smaps.h"
#include "support/fd.h"

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>

namespace memory_collector::compress {

struct PageAt {
    std::uint64_t address = 0;
    bool shmem = false; // else anonymous
};

// Pages that follow each other.
struct PageRun {
    std::uint64_t begin = 0;
    std::uint64_t pages = 0;
    bool shmem = false;
};

class ProcessMemory {
public:
    enum class Failure : std::uint8_t { none, gone, not_permitted, other };
    struct Opened;
    // Never throws for what the other process does.
    static Opened open(std::uint32_t pid);

    std::uint32_t pid() const { return pid_; }
    // Each mapping. False if the process has gone meanwhile.
    bool mappings(const std::function<void(const Mapping &)> &found) const;
    // Nothing if that memory is no more.
    std::optional<PageEntry> entry(std::uint64_t address) const;
    bool entries(std::uint64_t address, std::span<PageEntry> to) const;
    // PAGEMAP_SCAN tells what is present without reading an entry for each page that is not;
    // false if the kernel has no such thing (Linux 6.7 has), or the memory is no more.
    bool scan(std::uint64_t begin, std::uint64_t end, bool file,
              const std::function<void(std::uint64_t begin, std::uint64_t end)> &found) const;
    // Reads the page there; to has page_bytes. The caller knows that it is present.
    bool read(std::uint64_t address, std::span<std::byte> to) const;

private:
    std::uint32_t pid_ = 0;
    UniqueFd smaps_;
    UniqueFd pagemap_;
    UniqueFd memory_;
};

struct ProcessMemory::Opened {
    std::optional<ProcessMemory> memory;
    Failure failure = Failure::none;
    int error = 0;
};

// What to tell of it, with the remedy.
std::string failure_text(ProcessMemory::Failure failure, int error);

} // namespace memory_collector::compress
