// SPDX-License-Identifier: GPL-2.0-only
#pragma once

#include <string>
#include <vector>

namespace memory_collector::pool {

// Runs a program of the system, also from /usr/sbin where PATH lacks it, and waits for it. It ends
// with this process. Throws Error with what it said if it fails, and which package has it if it is
// not there.
void run_tool(const std::vector<std::string> &command, const std::string &package);

} // namespace memory_collector::pool
