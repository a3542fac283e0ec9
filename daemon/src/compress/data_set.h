// SPDX-License-Identifier: GPL-2.0-only
//
// What a sweep compresses. A set's beginning of any length is the set of that
// size; the kinds that are made here are the same bytes on every machine.
#pragma once

#include "support/secret_buffer.h"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace memory_collector::compress {

struct DataSet {
    std::string name; // in the column dataset_type
    SecretBuffer bytes;
};

// zero:       what fresh memory holds
// repetitive: lines of one log, each with another number
// unique:     pseudo-random bytes; no codec can shorten them
// mixed:      half of each of the two, in turns of 256 bytes
std::span<const std::string_view> data_kinds();

// Throws Error for a kind that is none of these.
DataSet make_data_set(std::string_view kind, std::size_t size);

// The file's first `most` bytes; its path is its name. Throws Error if it cannot be read or is empty.
DataSet read_data_set(const std::string &path, std::size_t most);

} // namespace memory_collector::compress
