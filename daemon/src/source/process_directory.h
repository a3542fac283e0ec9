// SPDX-License-Identifier: GPL-2.0-only
//
// What /proc of the live machine says of a process.
#pragma once

#include "host/container_names.h"
#include "model/process_table.h"

#include <optional>
#include <string>
#include <string_view>

namespace memory_collector {

class ProcessDirectory {
public:
    // proc: where procfs is mounted. boot_offset_ns: CLOCK_BOOTTIME minus
    // CLOCK_MONOTONIC, which is the time spent in suspend. host: where container
    // runtimes keep their records.
    ProcessDirectory(std::string proc, std::uint64_t boot_offset_ns, std::uint64_t ticks_per_s,
                     HostPaths host = {});
    static ProcessDirectory of_this_machine();

    // Nothing if the pid is by now another process's, or nobody's.
    std::optional<ProcessDetails> look_up(const ProcessKey &key);
    // True only if it is certain that the process is gone.
    bool gone(const ProcessKey &key) const;

private:
    enum class Identity { same, other, nobody };
    Identity identity(const ProcessKey &key) const;
    void place(ProcessDetails &details);

    std::string proc_;
    std::uint64_t boot_offset_ns_;
    std::uint64_t ticks_per_s_;
    ContainerNames names_;
    // Pids of the module's events are those of the initial namespace.
    bool initial_namespace_ = true;
};

} // namespace memory_collector
