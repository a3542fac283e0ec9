// SPDX-License-Identifier: GPL-2.0-only
//
// What the probes print: a line for each event, as text or as JSON. Pure.
#pragma once

#include "probe/settings.h"

#include <memory_collector/probe_records.h>

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace memory_collector::probe {

using Figure = std::optional<std::uint64_t>;

// Appends a name as one word: blanks, quotes, backslashes, control characters and
// bytes that are no ASCII become \xNN. An empty one is "-".
void append_word(std::string &to, std::string_view name);

// The name in a record: up to its NUL.
std::string_view comm_of(std::span<const char, MC_BPF_COMM_LEN> comm);

void append_fork(std::string &to, Format format, const mc_probe_fork &event);
void append_fault(std::string &to, Format format, const mc_probe_fault &event);

// Of a second. What the kernel does not tell is nothing.
struct SwapSecond {
    std::uint64_t ts = 0; // seconds since 1970
    std::uint64_t time_ns = 0;
    std::array<Figure, MC_PROBE_SWAP_COUNTS> counts;
    std::optional<std::uint32_t> last_pid;
    std::string_view last_comm;
};
void append_swap(std::string &to, Format format, const SwapSecond &second);

// name=value, in order: as text behind `type`, or as JSON.
struct Column {
    std::string_view name;
    Figure value;
};
struct NamedProcess {
    std::uint32_t pid;
    std::uint64_t start_time_ns;
    std::string_view comm;
};
void append_process(std::string &to, Format format, std::string_view type, const NamedProcess &process,
                    std::span<const Column> columns);

// The buckets that hold something.
void append_histogram(std::string &to, Format format, std::string_view what,
                      std::span<const std::uint64_t, MC_PROBE_BUCKETS> buckets);

} // namespace memory_collector::probe
