// SPDX-License-Identifier: GPL-2.0-only
//
// Whom the kernel takes when memory runs out: /proc/PID/oom_score_adj, see proc(5).
#pragma once

namespace memory_collector::lab {

inline constexpr int oom_score_never = -1000;
inline constexpr int oom_score_first = 1000;

// Of this process; 0, which is the default, where it cannot be read.
int own_oom_score_adj();

// Of this process and of those that it forks from now on. To lower it takes CAP_SYS_RESOURCE: without it, all
// stays as it is.
void set_own_oom_score_adj(int value);

} // namespace memory_collector::lab
