// SPDX-License-Identifier: GPL-2.0-only
//
// `probe fork`: a line for each new process.
#include "probe/lines.h"
#include "probe/probe.h"
#include "probe/programs.h"

#include "probe_fork.skel.h"

#include <optional>
#include <string>

namespace memory_collector::probe {

namespace {

class ForkProbe : public Probe {
public:
    explicit ForkProbe(const Settings &settings)
        : settings_(settings), skeleton_(opened<probe_fork>(settings, "fork"))
    {
        EventRing::resize(skeleton_->maps.probe_events, settings.ring_bytes);
        start(*skeleton_, settings, "fork");
        if (!settings.summary && !settings.trace_pipe)
            ring_.emplace(skeleton_->maps.probe_events, sizeof(mc_probe_fork),
                          [this](const void *data) { write(data); });
    }

    int fd() const override { return ring_ ? ring_->fd() : -1; }

    bool take(Output &output) override
    {
        output_ = &output;
        return ring_ && ring_->drain();
    }

    Account finish(Output &output) override
    {
        probe_fork::detach(skeleton_.get());
        while (take(output)) {
        }
        if (settings_.summary)
            summarize(output);
        Account account = account_of(skeleton_->maps.probe_counts, {skeleton_->progs.process_begins});
        account.events = ring_.has_value();
        account.taken = ring_ ? ring_->taken() : 0;
        return account;
    }

private:
    void write(const void *data)
    {
        mc_probe_fork event;
        std::memcpy(&event, data, sizeof(event));
        line_.clear();
        append_fork(line_, settings_.format, event);
        output_->row(line_);
    }

    void summarize(Output &output)
    {
        each_process<mc_probe_forks>(
            skeleton_->maps.probe_forks, [&](const mc_probe_process_key &key, const mc_probe_forks &forks) {
                const std::array<Column, 1> columns{{{"processes", forks.processes}}};
                line_.clear();
                append_process(line_, settings_.format, "fork_summary",
                               {key.pid, key.start_time_ns, comm_of(forks.comm)}, columns);
                output.row(line_);
            });
    }

    Settings settings_;
    Owned<probe_fork> skeleton_;
    std::optional<EventRing> ring_;
    Output *output_ = nullptr;
    std::string line_;
};

} // namespace

std::unique_ptr<Probe> make_fork_probe(const Settings &settings)
{
    return std::make_unique<ForkProbe>(settings);
}

} // namespace memory_collector::probe
