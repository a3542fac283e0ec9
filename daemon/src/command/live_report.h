// SPDX-License-Identifier: GPL-2.0-only
//
// The report of a run that goes on: where its rows go, and as what, may change.
#pragma once

#include "command/report_options.h"
#include "sink/forwarding_sink.h"
#include "sink/output.h"

#include <memory>

namespace memory_collector {

class LiveReport : public ForwardingSink {
public:
    explicit LiveReport(const ReportOptions &options);

    // For log rotation.
    void reopen() { output_->reopen(); }
    // What follows is written as these options say. If their output cannot be
    // opened it throws, and all stays as it was.
    void change(const ReportOptions &options);
    std::uint64_t dropped_rows() const { return dropped_ + output_->dropped_rows(); }

protected:
    Sink &next() override { return *sink_; }

private:
    ReportOptions options_;
    std::unique_ptr<Output> output_;
    std::unique_ptr<Sink> sink_;
    std::uint64_t dropped_ = 0; // by outputs that were left
};

} // namespace memory_collector
