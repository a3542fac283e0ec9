// SPDX-License-Identifier: GPL-2.0-only
//
// The OOM columns of `run`: stands before the report and gives each process's
// row the forecast of where the process is.
#pragma once

#include "oom/engine.h"
#include "sink/forwarding_sink.h"

#include <cstdint>
#include <memory>
#include <string_view>
#include <unordered_map>

namespace memory_collector::oom {

// As often as `oom` samples unless it is told otherwise.
inline constexpr std::uint64_t default_interval_ns = 100'000'000;
// What is thought of each place, by its path.
class Outlooks : private Listener {
public:
    Outlooks(const EngineOptions &options, const Model &model) : engine_(options, model, *this) {}

    // To be told what is observed.
    Observer &observer() { return engine_; }
    struct Outlook {
        OomOutlook columns;
        const Suspects *suspects = nullptr; // of the place with the greatest probability
    };
    // Of a process in this memory cgroup, as of the last round. All null while the history of a
    // place is insufficient.
    Outlook of(std::string_view memory_cgroup) const;

private:
    void assessed(const Assessment &) override {}
    void kills(const Assessment &, std::uint64_t) override {}
    void named(std::uint64_t, const Assessment *, const Victim &) override {}
    void forgotten(TargetId) override {}
    void round_ended(std::uint64_t) override;

    Engine engine_;
    // The host's path is empty.
    std::unordered_map<std::string_view, const Assessment *> places_;
};

class RowForecast : public ForwardingSink {
public:
    explicit RowForecast(Sink &next);
    ~RowForecast() override;

    // Without it rows have nulls.
    void switch_on(bool on);
    // Samples if it is time to; returns when it is next.
    std::uint64_t round(std::uint64_t now_ns);

    void process(const ProcessRow &row) override;

protected:
    Sink &next() override { return next_; }

private:
    // The host and its cgroups, by the built-in default model.
    struct Watch;

    Sink &next_;
    std::unique_ptr<Watch> watch_;
    std::uint64_t due_ns_ = 0;
    ProcessRow row_;
};

} // namespace memory_collector::oom
