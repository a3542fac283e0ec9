// SPDX-License-Identifier: GPL-2.0-only
//
// Hands each row on as it is: what sinks that stand before another begin with.
#pragma once

#include "model/rows.h"

namespace memory_collector {

class ForwardingSink : public Sink {
public:
    void process(const ProcessRow &row) override { next().process(row); }
    void group(const GroupRow &row) override { next().group(row); }
    void fault(const FaultRow &row) override { next().fault(row); }
    void domain(const DomainRow &row) override
    {
        hand_on([&](Sink &to) { to.domain(row); });
    }
    void soft(const SoftRow &row) override
    {
        hand_on([&](Sink &to) { to.soft(row); });
    }
    void interval(const IntervalRow &row) override
    {
        hand_on([&](Sink &to) { to.interval(row); });
    }
    void loss(const LossRow &row) override
    {
        hand_on([&](Sink &to) { to.loss(row); });
    }
    void oom(const OomRow &row) override
    {
        hand_on([&](Sink &to) { to.oom(row); });
    }
    void reclaim(const ReclaimRow &row) override
    {
        hand_on([&](Sink &to) { to.reclaim(row); });
    }
    void self(const SelfRow &row) override
    {
        hand_on([&](Sink &to) { to.self(row); });
    }
    void self_program(const SelfProgramRow &row) override
    {
        hand_on([&](Sink &to) { to.self_program(row); });
    }
    void flush() override { next().flush(); }
    void finish() override
    {
        processes_done();
        next().finish();
    }

protected:
    virtual Sink &next() = 0;
    // Before a row that comes behind those of an interval's processes.
    virtual void processes_done() {}

private:
    template <typename HandOn> void hand_on(HandOn &&to)
    {
        processes_done();
        to(next());
    }
};

} // namespace memory_collector
