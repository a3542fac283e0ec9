// SPDX-License-Identifier: GPL-2.0-only
#pragma once

#include "pool/state.h"

#include <cstdint>

namespace memory_collector::pool {

// What the holder says once: where its memory is, or why it has none.
struct HolderAnswer {
    std::uint64_t address = 0;
    int error = 0;
};

// The holder's side of the fork. It begins at a byte from `orders`, and ends if that end is closed before.
[[noreturn]] void be_holder(const HolderState &holder, int orders, int answers);

} // namespace memory_collector::pool
