// SPDX-License-Identifier: GPL-2.0-only
//
// What a format's sink writes, and names that try to break it.
#pragma once

#include "sink/output.h"
#include "sink/sink_registry.h"

#include <functional>
#include <span>
#include <string>

namespace memory_collector::testing {

// A temporary folder.
class Folder {
public:
    Folder();
    Folder(const Folder &) = delete;
    Folder &operator=(const Folder &) = delete;
    ~Folder();
    std::string operator/(const std::string &name) const { return path_ + "/" + name; }

private:
    std::string path_;
};

std::string written(const char *format, const std::function<void(Sink &)> &write,
                    const SinkOptions &options = {});

extern const std::span<const std::string> hostile_names;

} // namespace memory_collector::testing
