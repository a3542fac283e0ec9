// SPDX-License-Identifier: GPL-2.0-only
//
// A sweep's rows as text. Each function gives whole lines.
#pragma once

#include "compress/sweep.h"

#include <string>

namespace memory_collector::compress {

std::string csv_header();
std::string csv_line(const SweepRow &row);
std::string json_line(const SweepRow &row);
std::string table_header();
std::string table_line(const SweepRow &row);

} // namespace memory_collector::compress
