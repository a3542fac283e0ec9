// SPDX-License-Identifier: GPL-2.0-only
//
// Which eBPF programs this host takes: found out by loading them, since kernels,
// lockdown and sandboxes refuse each for reasons of their own.
#pragma once

#include <string>
#include <vector>

namespace memory_collector::ebpf {

// Loads and attaches what `run --source ebpf` needs, and takes it away again.
// Returns why that does not work, empty if it does.
std::string refusal();

// What this host lacks of the groups that --with asks for, a line each. Tries
// every one of them for a moment.
std::vector<std::string> groups_lacking();

} // namespace memory_collector::ebpf
