// SPDX-License-Identifier: GPL-2.0-only
#pragma once

#include "support/fd.h"

#include <string>

namespace memory_collector {

// There is one `run` at a time on a machine: it owns the tracefs instance.
// Throws Error that says who holds it. The kernel drops the lock with the
// process, however that ends.
class InstanceLock {
public:
    explicit InstanceLock(const std::string &path = "/run/memory-collector.lock");

private:
    UniqueFd fd_;
};

} // namespace memory_collector
