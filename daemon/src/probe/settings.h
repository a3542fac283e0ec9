// SPDX-License-Identifier: GPL-2.0-only
//
// What `probe` is asked for, and how the eBPF programs are told.
#pragma once

#include "support/fd.h"

#include <memory_collector/probe_records.h>

#include <cstdint>
#include <string>

namespace memory_collector::probe {

enum class Format : std::uint8_t { text, jsonl };

struct Settings {
    Format format = Format::text;
    bool summary = false;
    bool trace_pipe = false;
    std::uint64_t ring_bytes = std::uint64_t{4} << 20;
    // Filters; 0 or empty: any.
    std::uint32_t pid = 0;
    std::string comm;
    std::string cgroup;
};

// As the programs are to have it. Throws Error.
mc_probe_filter kernel_filter(const Settings &settings);

// The folder of a cgroup of the v2 hierarchy, by its path or by its path below
// the hierarchy's mount. Throws OptionError for one that is none.
UniqueFd open_cgroup(const std::string &name);

} // namespace memory_collector::probe
