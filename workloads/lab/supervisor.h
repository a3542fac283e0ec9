// SPDX-License-Identifier: GPL-2.0-only
//
// Forks the workers, watches them and the machine, and adds up what they did.
#pragma once

#include "lab/workload.h"

#include <nlohmann/json.hpp>

#include <string>
#include <vector>

namespace memory_collector::lab {

// NOLINTNEXTLINE(bugprone-exception-escape): the JSON library's own destructor
struct Outcome {
    nlohmann::json json;               // what --json prints
    std::vector<std::string> problems; // each makes the exit code 1
    int stop_signal = 0;
};

// Runs in the keeper (guardian.h). The workers have this OOM score.
Outcome supervise(std::string_view name, Workload &workload, const CommonOptions &common,
                  const nlohmann::json &options, int oom_score_adj);

} // namespace memory_collector::lab
