// SPDX-License-Identifier: GPL-2.0-only
#pragma once

#include "oom/signals.h"
#include "sink/output.h"

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace memory_collector::oom {

struct TraceHeader {
    std::uint64_t interval_ns = 0;
    // CLOCK_MONOTONIC of time 0, in whole microseconds.
    std::uint64_t start_ns = 0;
    std::uint64_t page_size = 4096;
    std::string kernel;

    bool operator==(const TraceHeader &) const = default;
};

// Writes down what is observed.
class TraceWriter : public Observer {
public:
    TraceWriter(Output &output, const TraceHeader &header);

    void appeared(std::uint64_t time_ns, const Target &target) override;
    void vanished(std::uint64_t time_ns, TargetId target) override;
    void sampled(std::uint64_t time_ns, TargetId target, const SignalValues &signals) override;
    void looked(std::uint64_t time_ns, TargetId target, std::span<const ProcessSample> processes) override;
    void killed(std::uint64_t time_ns, const Victim &victim) override;
    // A new time tells as much.
    void round_ended(std::uint64_t) override {}

private:
    struct Last {
        SignalValues signals;
        std::vector<ProcessSample> processes;
    };

    void begin(char kind, std::uint64_t time_ns);
    void field(std::uint64_t value);
    // Left empty if it is what it was.
    void changed(std::uint64_t value, std::uint64_t was);
    void process(const ProcessSample &now, const ProcessSample *was);
    void end();

    Output &output_;
    std::uint64_t start_ns_;
    std::map<TargetId, Last> last_;
    std::string line_;
};

} // namespace memory_collector::oom
