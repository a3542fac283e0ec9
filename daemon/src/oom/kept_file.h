// SPDX-License-Identifier: GPL-2.0-only
//
// A file of /proc, /sys or of a cgroup that is read again and again.
#pragma once

#include "support/fd.h"

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace memory_collector::oom {

// What readers read into: one for all of them, so that reading allocates nothing.
using ReadBuffer = std::vector<char>;
ReadBuffer make_read_buffer();

class KeptFile {
public:
    KeptFile() = default;
    // Not there, or not for us: false as a bool.
    explicit KeptFile(const std::string &path);

    explicit operator bool() const { return static_cast<bool>(fd_); }
    // From its beginning, as it is now. Nothing if it can be read no more, as
    // when its cgroup has gone.
    std::optional<std::string_view> read(ReadBuffer &buffer) const;

private:
    UniqueFd fd_;
};

} // namespace memory_collector::oom
