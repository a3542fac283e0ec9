// SPDX-License-Identifier: GPL-2.0-only
#pragma once

#include "lab/tools/tool.h"

#include <string>

namespace memory_collector::lab {

struct ToolOutcome {
    int status = 0;      // its exit code; 128 and a signal's number
    int stop_signal = 0; // of ours
    double elapsed_s = 0;
    std::string output;
    std::string errors;
    std::string problem; // why it was ended, if it was
};

// Runs it in the keeper (guardian.h) until it ends, at most this long, while memory lasts. All
// that it has forked is ended then. `most_bytes`: no file of it grows beyond.
ToolOutcome run_tool(const ToolRun &run, std::uint64_t most_ns, std::uint64_t most_bytes);

} // namespace memory_collector::lab
