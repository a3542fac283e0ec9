// SPDX-License-Identifier: GPL-2.0-only
#pragma once

#include "oom/kept_file.h"
#include "oom/parse.h"
#include "support/fd.h"

#include <array>
#include <functional>

namespace memory_collector::oom {

// The kernel's log from now on: who it kills for memory.
class KillLog {
public:
    KillLog();

    explicit operator bool() const { return static_cast<bool>(fd_); }
    // What has come since: each victim once.
    void read(const std::function<void(const KillRecord &)> &tell);

private:
    UniqueFd fd_;
    // A kill is told by one message or by two.
    std::optional<std::uint32_t> last_;
};

} // namespace memory_collector::oom
