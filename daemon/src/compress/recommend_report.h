// SPDX-License-Identifier: GPL-2.0-only
//
// What to compress a sampled process's memory with, for people and as JSON lines.
#pragma once

#include "compress/sampler.h"

#include <string>

namespace memory_collector::compress {

// The decision, the runner-up and every setting's figures, best first; with its newline.
std::string recommend_row(const SampledProcess &process);
// A few lines for people.
std::string recommend_table(const SampledProcess &process);

} // namespace memory_collector::compress
