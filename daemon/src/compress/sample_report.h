// SPDX-License-Identifier: GPL-2.0-only
//
// Sampled processes as a table or as JSON lines.
#pragma once

#include "compress/sampler.h"

#include <string>

namespace memory_collector::compress {

// Every figure and count; what is not known is null. With its newline.
std::string sample_row(const SampledProcess &process);
// A few lines for people.
std::string sample_table(const SampledProcess &process);

} // namespace memory_collector::compress
