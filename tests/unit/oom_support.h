// SPDX-License-Identifier: GPL-2.0-only
#pragma once

#include "oom/signals.h"
#include "oom/trace_writer.h"

#include <functional>
#include <string>
#include <vector>

namespace memory_collector::oom::testing {

// All that it was told, as text.
class Heard : public Observer {
public:
    void appeared(std::uint64_t time_ns, const Target &target) override;
    void vanished(std::uint64_t time_ns, TargetId target) override;
    void sampled(std::uint64_t time_ns, TargetId target, const SignalValues &signals) override;
    void looked(std::uint64_t time_ns, TargetId target, std::span<const ProcessSample> processes) override;
    void killed(std::uint64_t time_ns, const Victim &victim) override;
    void round_ended(std::uint64_t time_ns) override;

    std::vector<std::string> lines;
};

// What a TraceWriter makes of what is told to it.
class RecordedTrace {
public:
    RecordedTrace(const TraceHeader &header, const std::function<void(Observer &)> &tell);
    const std::string &text() const { return text_; }

private:
    std::string text_;
};

} // namespace memory_collector::oom::testing
