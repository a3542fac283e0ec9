// SPDX-License-Identifier: GPL-2.0-only
//
// Which processes a command is about: by pid, by cgroup, or all.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace memory_collector::compress {

struct ProcessChoice {
    std::vector<std::uint32_t> pids;
    std::string cgroup; // and those below it
    bool all = false;
};

// Whether the cgroup at this path is the other one or lies below it.
bool within_cgroup(std::string_view path, std::string_view cgroup);

// By cgroup and of all: those with memory of their own (kernel threads have none), but for this
// very process; ascending. Throws Error if a cgroup has none.
std::vector<std::uint32_t> chosen_pids(const ProcessChoice &choice);

} // namespace memory_collector::compress
