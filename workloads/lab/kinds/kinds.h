// SPDX-License-Identifier: GPL-2.0-only
#pragma once

#include "lab/workload.h"

#include <memory>

namespace memory_collector::lab {

std::unique_ptr<Workload> make_fork_exit_storm();
std::unique_ptr<Workload> make_fork_touch_exit();
std::unique_ptr<Workload> make_fork_exec_storm();
std::unique_ptr<Workload> make_interactive_burst();
std::unique_ptr<Workload> make_mmap_churn();
std::unique_ptr<Workload> make_anon_streamer();
std::unique_ptr<Workload> make_random_touch_heap();
std::unique_ptr<Workload> make_leak();
std::unique_ptr<Workload> make_sawtooth();
std::unique_ptr<Workload> make_plateau();
std::unique_ptr<Workload> make_burst();

} // namespace memory_collector::lab
