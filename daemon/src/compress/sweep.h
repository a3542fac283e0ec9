// SPDX-License-Identifier: GPL-2.0-only
//
// How small a setting makes an input, and what that costs: timed in spans that
// are long beside the clocks' steps, told per pass over the input.
#pragma once

#include "compress/codec.h"
#include "compress/data_set.h"

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace memory_collector::compress {

// Bytes of a data set, compressed in pieces of this size: all of them at once, or page by page.
struct SweepInput {
    std::string dataset_type;
    std::span<const std::byte> bytes;
    std::size_t piece = 0;
};

// The median over the runs, of one pass.
struct PassMedians {
    double wall_ms = 0;
    double thread_cpu_ms = 0;
    double process_cpu_ms = 0;
    double mib_per_s = 0; // of input, by wall time
};

struct SweepRow {
    Setting setting;
    std::string dataset_type;
    std::uint64_t size_bytes = 0;
    unsigned runs = 0; // that were made: see SweepEffort
    unsigned warmups = 0;
    std::uint64_t compressed_bytes_median = 0;
    double ratio_median = 0; // compressed / input
    PassMedians compress;
    PassMedians decompress;
    bool valid = false; // what was decompressed is what was compressed
};

struct SweepEffort {
    unsigned runs = 5;
    unsigned warmups = 2;
    // Compressing takes about so long per row at most: where passes are slow there are fewer
    // warm-ups, then fewer runs, down to a single one.
    std::uint64_t row_ns = 0;
};

// 1 KiB, 4 KiB, ... 16 MiB as far as the set and `most` reach, the whole set if it ends between
// them; then its first MiB by pages, as "NAME:pages".
std::vector<SweepInput> inputs_of(const DataSet &set, std::size_t most);

// Nothing if stop() said so in between.
std::optional<SweepRow> measure(Codec &codec, const SweepInput &input, const SweepEffort &effort,
                                const std::function<bool()> &stop);

double median(std::vector<double> values); // of at least one

} // namespace memory_collector::compress
