// SPDX-License-Identifier: GPL-2.0-only
//
// `probe fault`: a line for each page fault.
#include "probe/fault_summary.h"
#include "probe/fault_times.h"
#include "probe/lines.h"
#include "probe/probe.h"
#include "probe/programs.h"
#include "source/ebpf/kernel_btf.h"
#include "source/ebpf/kernel_types.h"
#include "support/error.h"

#include "probe_fault.skel.h"

#include <optional>
#include <string>

namespace memory_collector::probe {

namespace {

// What only a summary has.
struct Summary {
    explicit Summary(const Settings &settings) : times(settings) { span.begin(tasks.read()); }

    ebpf::TaskIterator tasks{ebpf::KernelBtf{}};
    FaultSpan span;
    FaultTimes times;
};

class FaultProbe : public Probe {
public:
    explicit FaultProbe(const Settings &settings) : settings_(settings)
    {
        if (!ebpf::KernelTypes{}.has_tracepoint("page_fault_user"))
            throw Error(
                "this kernel has no tracepoint exceptions:page_fault_user: only those for x86 have it, "
                "and probe fault needs it; memory-collector run shows each process's faults anywhere");
        skeleton_ = opened<probe_fault>(settings, "fault");
        EventRing::resize(skeleton_->maps.probe_events, settings.ring_bytes);
        if (settings.summary)
            summary_.emplace(settings);
        else
            bpf_program__set_autoload(skeleton_->progs.faults_at_end, false);
        start(*skeleton_, settings, "fault");
        if (!settings.summary && !settings.trace_pipe)
            ring_.emplace(skeleton_->maps.probe_events, sizeof(mc_probe_fault),
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
        // What ends after this look is told by its end, as long as that is attached.
        if (summary_)
            summary_->span.end(summary_->tasks.read());
        probe_fault::detach(skeleton_.get());
        while (take(output)) {
        }
        if (summary_)
            summarize(output);
        Account account = account_of(skeleton_->maps.probe_counts,
                                     {skeleton_->progs.faults_of_user, skeleton_->progs.faults_of_kernel});
        account.untimed = summary_ ? summary_->times.untimed() : 0;
        account.events = ring_.has_value();
        account.taken = ring_ ? ring_->taken() : 0;
        return account;
    }

private:
    void write(const void *data)
    {
        mc_probe_fault event;
        std::memcpy(&event, data, sizeof(event));
        line_.clear();
        append_fault(line_, settings_.format, event);
        output_->row(line_);
    }

    void summarize(Output &output)
    {
        summary_->times.detach();
        each_process<mc_probe_faults>(skeleton_->maps.probe_faults, [&](const mc_probe_process_key &key,
                                                                        const mc_probe_faults &faults) {
            const std::optional<FaultCounts> counts = summary_->span.of(key, faults);
            const std::optional<mc_probe_fault_times> times = summary_->times.of(key);
            const std::array<Column, 6> columns{{
                {"user", faults.user},
                {"kernel", faults.kernel},
                {"minor", counts ? Figure{counts->minor} : Figure{}},
                {"major", counts ? Figure{counts->major} : Figure{}},
                {"minor_ns", times ? Figure{times->minor_ns} : Figure{}},
                {"major_ns", times ? Figure{times->major_ns} : Figure{}},
            }};
            line_.clear();
            append_process(
                line_, settings_.format, "fault_summary",
                {key.pid, key.start_time_ns, counts ? std::string_view{counts->comm} : comm_of(faults.comm)},
                columns);
            output.row(line_);
        });
        summary_->times.write_histograms(output, settings_.format);
    }

    Settings settings_;
    Owned<probe_fault> skeleton_;
    std::optional<EventRing> ring_;
    std::optional<Summary> summary_;
    Output *output_ = nullptr;
    std::string line_;
};

} // namespace

std::unique_ptr<Probe> make_fault_probe(const Settings &settings)
{
    return std::make_unique<FaultProbe>(settings);
}

} // namespace memory_collector::probe
