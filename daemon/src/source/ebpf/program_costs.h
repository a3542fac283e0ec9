// SPDX-License-Identifier: GPL-2.0-only
//
// What eBPF programs and their maps cost, as the kernel has it.
#pragma once

#include "model/machine_events.h"
#include "support/fd.h"

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

struct bpf_object;
struct bpf_program;

namespace memory_collector::ebpf {

// The kernel measures how long programs run while this lives: of all programs of the machine,
// some 50 ns a run. Throws Error.
class RunStatistics {
public:
    RunStatistics();

private:
    UniqueFd fd_;
};

// Adds each loaded program of the object, since it was loaded. Without RunStatistics the kernel
// counts nothing.
void add_programs(bpf_object *object, std::string_view group, bool own_time,
                  std::vector<SelfUse::Program> &programs);

// Memory of the maps of all of them; maps that they share count once.
std::uint64_t map_bytes(std::span<bpf_object *const> objects);

// Resident memory of this process; null if /proc does not tell.
Number resident_bytes();
std::uint64_t process_cpu_ns();

} // namespace memory_collector::ebpf
