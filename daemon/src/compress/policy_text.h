// SPDX-License-Identifier: GPL-2.0-only
//
// A decision in words.
#pragma once

#include "compress/policy.h"

#include <string>

namespace memory_collector::compress {

std::string explain(const Decision &decision, const MemoryEstimate &estimate, const PolicyLimits &limits);

} // namespace memory_collector::compress
