// SPDX-License-Identifier: GPL-2.0-only
//
// Takes rows and does nothing: tests say what they want of which.
#pragma once

#include "model/rows.h"

namespace memory_collector::testing {

class NullSink : public Sink {
public:
    void process(const ProcessRow &) override {}
    void group(const GroupRow &) override {}
    void domain(const DomainRow &) override {}
    void soft(const SoftRow &) override {}
    void interval(const IntervalRow &) override {}
    void loss(const LossRow &) override {}
    void oom(const OomRow &) override {}
    void reclaim(const ReclaimRow &) override {}
    void self(const SelfRow &) override {}
    void self_program(const SelfProgramRow &) override {}
    void flush() override {}
    void finish() override {}
};

} // namespace memory_collector::testing
