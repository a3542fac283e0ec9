// SPDX-License-Identifier: GPL-2.0-only
#pragma once

#include "oom/signals.h"
#include "oom/trace_writer.h"

#include <istream>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace memory_collector::oom {

// Tells an observer what a recording holds, as the sampler told it. A line that
// makes no sense ends it with an Error, which names the file and the line.
class TraceReader {
public:
    // Reads as far as the columns' names.
    TraceReader(std::istream &input, std::string name);

    const TraceHeader &header() const { return header_; }
    void run(Observer &observer);
    // It ended within a line, as when its writer was killed; that line was left out.
    bool torn() const { return torn_; }

private:
    struct Last {
        SignalValues signals;
        std::map<std::uint32_t, ProcessSample> processes;
    };

    bool next_line();
    [[noreturn]] void refuse(const std::string &cause) const;
    [[noreturn]] void refuse_field(std::string_view field, const std::string &what) const;
    std::string_view take();
    std::uint64_t number(const char *what);
    // Ends the round before, if it is another.
    std::uint64_t time(Observer &observer);
    TargetId target(bool must_be_known = true);
    void columns();
    void line(Observer &observer);
    void read_target(Observer &observer);
    void read_signals(Observer &observer);
    void read_process();
    void end_look(Observer &observer);

    std::istream &input_;
    std::string name_;
    TraceHeader header_;
    std::vector<Signal> order_; // of an S line's columns; signal_count: one that is not known here
    std::map<TargetId, Last> last_;
    std::string text_;
    std::string_view rest_;
    std::uint64_t line_number_ = 0;
    std::uint64_t last_time_ns_ = 0;
    bool in_round_ = false;
    bool torn_ = false;
    bool held_ = false; // the line is still to be looked at
    // The look whose lines are being read.
    Last *look_ = nullptr;
    TargetId look_target_ = 0;
    std::uint64_t look_ns_ = 0;
    std::vector<ProcessSample> processes_;
};

} // namespace memory_collector::oom
