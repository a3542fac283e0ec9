// SPDX-License-Identifier: GPL-2.0-only
//
// For formats that treat rows of every type alike, by their columns.
#pragma once

#include "model/rows.h"
#include "sink/output.h"

namespace memory_collector {

// Calls visit with an empty row of each type. Columns of CSV are in this order.
template <typename Visit> void each_row_type(Visit &&visit)
{
    visit(ProcessRow{});
    visit(GroupRow{});
    visit(DomainRow{});
    visit(SoftRow{});
    visit(IntervalRow{});
    visit(LossRow{});
    visit(FaultRow{});
    visit(OomRow{});
    visit(ReclaimRow{});
    visit(SelfRow{});
    visit(SelfProgramRow{});
}

// Format has a public template write(row), called with rows of all types.
template <typename Format> class UniformSink : public Sink {
public:
    explicit UniformSink(Output &output) : output_(output) {}
    void process(const ProcessRow &row) override { format().write(row); }
    void group(const GroupRow &row) override { format().write(row); }
    void domain(const DomainRow &row) override { format().write(row); }
    void soft(const SoftRow &row) override { format().write(row); }
    void interval(const IntervalRow &row) override { format().write(row); }
    void loss(const LossRow &row) override { format().write(row); }
    void fault(const FaultRow &row) override { format().write(row); }
    void oom(const OomRow &row) override { format().write(row); }
    void reclaim(const ReclaimRow &row) override { format().write(row); }
    void self(const SelfRow &row) override { format().write(row); }
    void self_program(const SelfProgramRow &row) override { format().write(row); }
    void flush() override { output_.flush(); }
    void finish() override { output_.flush(); }

protected:
    Output &output() { return output_; }

private:
    Format &format() { return static_cast<Format &>(*this); }

    Output &output_;
};

} // namespace memory_collector
