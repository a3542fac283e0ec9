// SPDX-License-Identifier: GPL-2.0-only
#pragma once

#include "compress/data_set.h"

#include <cstdint>

namespace memory_collector::compress {

// Real memory: a random sample of the pages of a process that could be swapped, as the sampler reads
// them, in order of their addresses; `most` bytes at most. Throws Error if it cannot be read.
DataSet read_process_data_set(std::uint32_t pid, std::size_t most);

} // namespace memory_collector::compress
