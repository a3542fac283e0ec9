// SPDX-License-Identifier: GPL-2.0-only
//
// A sweep as a drawing (SVG): ratio against the CPU time it takes, a panel for
// each data set, a line through the levels of each codec.
#pragma once

#include "compress/sweep.h"

#include <span>
#include <string>

namespace memory_collector::compress {

// Of each data set its pages, or its largest input if it has none.
std::string sweep_plot(std::span<const SweepRow> rows);

} // namespace memory_collector::compress
