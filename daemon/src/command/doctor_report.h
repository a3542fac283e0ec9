// SPDX-License-Identifier: GPL-2.0-only
#pragma once

#include "command/doctor_checks.h"

#include <iosfwd>

namespace memory_collector {

void write_findings_text(std::ostream &out, const std::vector<Finding> &findings, bool color);

// One object: what CPUID says in numbers, every finding, and `run_will_work`.
void write_findings_json(std::ostream &out, const Inspection &inspection,
                         const std::vector<Finding> &findings);

} // namespace memory_collector
