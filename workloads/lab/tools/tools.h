// SPDX-License-Identifier: GPL-2.0-only
#pragma once

#include "lab/tools/tool.h"

#include <memory>
#include <string_view>
#include <vector>

namespace memory_collector::lab {

std::unique_ptr<Tool> make_stress_ng();
std::unique_ptr<Tool> make_sysbench();
std::unique_ptr<Tool> make_fio();
std::unique_ptr<Tool> make_mmtests();
std::unique_ptr<Tool> make_phoronix();

// What they say, as metrics: pure functions of text, which may be anything.
std::vector<Metric> parse_stress_ng(std::string_view yaml);
std::vector<Metric> parse_sysbench(std::string_view text);
std::vector<Metric> parse_fio(std::string_view json);
std::vector<Metric> parse_mmtests(std::string_view table);
std::vector<Metric> parse_phoronix(std::string_view xml);

} // namespace memory_collector::lab
