// SPDX-License-Identifier: GPL-2.0-only
//
// What an inspected host means for the user. Pure: no look at the host here.
#pragma once

#include "command/doctor_inspection.h"

#include <string>
#include <vector>

namespace memory_collector {

enum class Verdict {
    ok,
    reduced, // `run` works and measures less
    blocked, // `run` does not work
};

const char *verdict_name(Verdict verdict);

struct Finding {
    std::string check; // a fixed word; scripts select by it
    Verdict verdict = Verdict::ok;
    std::string found;
    std::string cost;   // what it takes from the user; empty if nothing
    std::string remedy; // a command or a setting; empty if there is none
};

std::vector<Finding> diagnose(const Inspection &inspection);

// Will the default `run` (source: the module) work?
bool run_will_work(const std::vector<Finding> &findings);

} // namespace memory_collector
