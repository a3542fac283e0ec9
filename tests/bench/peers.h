// SPDX-License-Identifier: GPL-2.0-only
//
// What others do with the same data, each as well as its interface allows.
#pragma once

#include "marker_ring.h"
#include "recording.h"

#include <cstdint>
#include <string>

namespace memory_collector::bench {

// What a reader got to know. The bytes are there so that reading them is not
// optimized away.
struct Seen {
    std::uint64_t events = 0;
    std::uint64_t bytes = 0; // sum of rdt_sample's total_bytes, wrapping
};

// read(2) of every page into the same buffer: nothing can be faster. Returns
// the number of bytes.
std::uint64_t drain(const std::vector<TracefsInstance::CpuBuffer> &buffers, std::size_t page_size);

// The least that a reader can do: read(2), and of each rdt_sample by offsets
// known at compile time the bytes moved since the last one of its RMID.
Seen parse_by_hand(const std::vector<TracefsInstance::CpuBuffer> &buffers, const PageFormat &format);

// tracefs_iterate_raw_events, the fields looked up once and read by
// tep_read_number_field.
Seen iterate_libtracefs(const MarkerRing &ring, tep_handle *tep);

// The same fields of a recording's rdt_samples by trace-cmd's library.
Seen iterate_libtracecmd(const Recording &recording);

// `trace-cmd report FILE` with its output to /dev/null. Throws Error if it
// cannot be run or fails.
void trace_cmd_report(const std::string &path);

} // namespace memory_collector::bench
