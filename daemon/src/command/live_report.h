// SPDX-License-Identifier: GPL-2.0-only
//
// The report of a run that goes on: where its rows go, and as what, may change.
#pragma once

#include "command/report_options.h"
#include "model/rows.h"
#include "sink/output.h"

#include <memory>

namespace memory_collector {

class LiveReport : public Sink {
public:
    explicit LiveReport(const ReportOptions &options);

    // For log rotation.
    void reopen() { output_->reopen(); }
    // What follows is written as these options say. If their output cannot be
    // opened it throws, and all stays as it was.
    void change(const ReportOptions &options);
    std::uint64_t dropped_rows() const { return dropped_ + output_->dropped_rows(); }

    void process(const ProcessRow &row) override { sink_->process(row); }
    void domain(const DomainRow &row) override { sink_->domain(row); }
    void soft(const SoftRow &row) override { sink_->soft(row); }
    void interval(const IntervalRow &row) override { sink_->interval(row); }
    void loss(const LossRow &row) override { sink_->loss(row); }
    void fault(const FaultRow &row) override { sink_->fault(row); }
    void oom(const OomRow &row) override { sink_->oom(row); }
    void reclaim(const ReclaimRow &row) override { sink_->reclaim(row); }
    void self(const SelfRow &row) override { sink_->self(row); }
    void self_program(const SelfProgramRow &row) override { sink_->self_program(row); }
    void group(const GroupRow &row) override { sink_->group(row); }
    void flush() override { sink_->flush(); }
    void finish() override { sink_->finish(); }

private:
    ReportOptions options_;
    std::unique_ptr<Output> output_;
    std::unique_ptr<Sink> sink_;
    std::uint64_t dropped_ = 0; // by outputs that were left
};

} // namespace memory_collector
