// SPDX-License-Identifier: GPL-2.0-only
//
// Output formats. To add one: one file with a class derived from Sink and a
// factory for it, and one line in the table in sink_registry.cpp.
#pragma once

#include "model/rows.h"
#include "sink/output.h"

#include <memory>
#include <span>
#include <string_view>

namespace memory_collector {

struct SinkOptions {
    // Rows of processes per interval in the table; 0: all.
    unsigned top = 0;
    bool color = false;
};

struct SinkEntry {
    std::string_view name;
    std::unique_ptr<Sink> (*make)(Output &output, const SinkOptions &options);
    Framing framing = Framing::lines;
};

std::span<const SinkEntry> sinks();

// Both throw OptionError for a name that is none.
const SinkEntry &sink_entry(std::string_view name);
std::unique_ptr<Sink> make_sink(std::string_view name, Output &output, const SinkOptions &options);

} // namespace memory_collector
