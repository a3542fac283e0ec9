// SPDX-License-Identifier: GPL-2.0-only
#include "command/live_report.h"

#include <utility>

namespace memory_collector {

LiveReport::LiveReport(const ReportOptions &options)
    : options_(options), output_(std::make_unique<Output>(options.open_output())),
      sink_(options.make_sink(*output_))
{
}

void LiveReport::change(const ReportOptions &options)
{
    const bool elsewhere = options.output() != options_.output() || options.framing() != options_.framing();
    std::unique_ptr<Output> output;
    if (elsewhere)
        output = std::make_unique<Output>(options.open_output());
    if (elsewhere || options.format() != options_.format() || options.top() != options_.top() ||
        options.group_by() != options_.group_by()) {
        sink_->finish();
        if (output) {
            dropped_ += output_->dropped_rows();
            std::swap(output_, output);
        }
        sink_ = options.make_sink(*output_);
    }
    options_ = options;
}

} // namespace memory_collector
