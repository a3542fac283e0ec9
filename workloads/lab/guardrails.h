// SPDX-License-Identifier: GPL-2.0-only
//
// What a workload must leave of the machine's memory, of its cgroup's and of the processes
// that its user may have.
#pragma once

#include "host/host_paths.h"

#include <cstdint>
#include <string>
#include <vector>

namespace memory_collector::lab {

// Memory that may run out: the machine's, or that of a cgroup with a limit.
struct Pool {
    std::string name; // "MemAvailable of the machine", "memory cgroup /x"
    std::uint64_t size = 0;
    std::uint64_t available = 0;
    bool is_cgroup = false;

    // Left alone when a workload begins, and while it runs.
    std::uint64_t reserve_before() const { return size / 20; }
    std::uint64_t reserve_during() const { return size / 40; }
};

// Of every pool that holds this process: the machine, and each cgroup with a limit from its
// own up to the root.
std::vector<Pool> memory_pools(const HostPaths &host);

// Processes that may still be made: by RLIMIT_NPROC of this user, and by pids.max of each cgroup.
struct ProcessRoom {
    std::string name;
    std::uint64_t limit = 0;
    std::uint64_t used = 0;
};
std::vector<ProcessRoom> process_rooms(const HostPaths &host);

// Each: empty if all is well, else what is short, by how much, and the remedy.
std::string memory_problem_before(const std::vector<Pool> &pools, std::uint64_t wanted, bool cgroups_too);
std::string memory_problem_during(const std::vector<Pool> &pools, bool cgroups_too);
std::string process_problem(const std::vector<ProcessRoom> &rooms, std::uint64_t wanted);

} // namespace memory_collector::lab
