// SPDX-License-Identifier: GPL-2.0-only
#pragma once

#include "pool/state_file.h"
#include "support/signals.h"

#include <cstdint>
#include <optional>
#include <string>

namespace memory_collector::pool {

struct SetupOptions {
    std::optional<unsigned> device; // nothing: a new one
    std::string algorithm = "lz4";
    std::string second_algorithm; // for recompress; empty: none
    std::uint64_t size = 0;
    std::uint64_t memory_limit = 0; // 0: none
    std::optional<unsigned> streams;
    int priority = 100;
    bool force = false;
};

// From a device to a swap area in use. What fails, or is interrupted, is undone. Throws Error.
// The pool's device.
std::string set_up(const SetupOptions &options, Signals &signals);

} // namespace memory_collector::pool
