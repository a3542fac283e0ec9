// SPDX-License-Identifier: GPL-2.0-only
//
// How long faults take, where the host allows programs of type fentry and fexit.
#pragma once

#include "probe/probe.h"
#include "probe/settings.h"

#include <memory_collector/probe_records.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

namespace memory_collector::probe {

class FaultTimes {
public:
    // Measures nothing where the host refuses, and says so in the log.
    explicit FaultTimes(const Settings &settings);
    ~FaultTimes();
    FaultTimes(const FaultTimes &) = delete;
    FaultTimes &operator=(const FaultTimes &) = delete;

    bool measured() const { return programs_ != nullptr; }
    void detach();
    // Nothing of a process of which no fault was timed, or where none can be.
    std::optional<mc_probe_fault_times> of(const mc_probe_process_key &key) const;
    void write_histograms(Output &output, Format format) const;
    std::uint64_t untimed() const;

private:
    struct Programs;
    std::unique_ptr<Programs> programs_;
};

} // namespace memory_collector::probe
