// SPDX-License-Identifier: GPL-2.0-only
//
// A trace-cmd recording (trace.dat, file versions 6 and 7).
#pragma once

#include "model/model.h"

#include <string>

namespace memory_collector {

// Feeds a recording to a model, to its end. Throws Error if the file is not
// one, is damaged, or holds no events of ours. The file may be hostile: call
// this in a process that may die.
class TraceFile {
public:
    explicit TraceFile(const std::string &path);
    ~TraceFile();
    TraceFile(const TraceFile &) = delete;
    TraceFile &operator=(const TraceFile &) = delete;

    // Of the machine that was recorded.
    std::uint64_t page_size() const;
    void feed(Model &model);

private:
    struct Handles;
    std::string path_;
    std::unique_ptr<Handles> handles_;
};

} // namespace memory_collector
