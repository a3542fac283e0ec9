// SPDX-License-Identifier: GPL-2.0-only
#pragma once

#include <functional>

namespace memory_collector {

// The programs' exit codes; scripts rely on them.
inline constexpr int exit_done = 0;
inline constexpr int exit_failed = 1;
inline constexpr int exit_usage = 2;

// What this returns. If it throws, the text is logged as an error, and the code is of a wrong use
// (UsageError) or of a failure.
int exit_code_of(const std::function<int()> &run);

} // namespace memory_collector
