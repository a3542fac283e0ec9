// SPDX-License-Identifier: GPL-2.0-only
//
// What a zram device says of itself, from the texts of its files in sysfs
// (Documentation/admin-guide/blockdev/zram.rst). A column that the kernel at
// hand does not have yet is nothing, not 0.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace memory_collector::pool {

using Count = std::optional<std::uint64_t>;

// mm_stat; bytes but where it says pages.
struct MemoryStat {
    std::uint64_t orig_data_size = 0;
    std::uint64_t compr_data_size = 0;
    std::uint64_t mem_used_total = 0; // what the allocator took for it
    std::uint64_t mem_limit = 0;      // 0: none
    std::uint64_t mem_used_max = 0;
    Count same_pages;
    Count pages_compacted;
    Count huge_pages; // stored as they are: they do not compress
    Count huge_pages_since;

    bool operator==(const MemoryStat &) const = default;
};
std::optional<MemoryStat> parse_mm_stat(std::string_view text);

// io_stat.
struct FailureStat {
    std::uint64_t failed_reads = 0;
    std::uint64_t failed_writes = 0;
    std::uint64_t invalid_io = 0;
    std::uint64_t notify_free = 0;

    bool operator==(const FailureStat &) const = default;
};
std::optional<FailureStat> parse_io_stat(std::string_view text);

// stat, as every block device has it: requests, and bytes by its sectors of 512.
struct RequestStat {
    std::uint64_t reads = 0;
    std::uint64_t read_bytes = 0;
    std::uint64_t writes = 0;
    std::uint64_t write_bytes = 0;

    bool operator==(const RequestStat &) const = default;
};
std::optional<RequestStat> parse_block_stat(std::string_view text);

// bd_stat, where the kernel writes back to a disk: in pages of 4096 bytes.
struct BackingStat {
    std::uint64_t stored = 0;
    std::uint64_t reads = 0;
    std::uint64_t writes = 0;

    bool operator==(const BackingStat &) const = default;
};
std::optional<BackingStat> parse_bd_stat(std::string_view text);

// comp_algorithm, such as "lzo [lz4] zstd".
struct Algorithms {
    std::vector<std::string> names;
    std::string chosen; // the one in brackets; empty if none is

    bool has(std::string_view name) const;
    // "lzo, lz4, zstd"
    std::string listed() const;

    bool operator==(const Algorithms &) const = default;
};
Algorithms parse_algorithms(std::string_view text);

// recomp_algorithm: a line "#1: lzo lz4 [zstd]" for each priority; the names of those chosen.
std::vector<std::string> parse_recompression(std::string_view text);

// A whole number and nothing else but white space around it.
Count parse_count(std::string_view text);

} // namespace memory_collector::pool
