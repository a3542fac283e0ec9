// SPDX-License-Identifier: GPL-2.0-only
#pragma once

#include <cstdint>
#include <optional>

namespace memory_collector {

// The kernel module as seen from outside.
class ModuleControl {
public:
    // Identifies this loading of the module; nothing if it is not loaded.
    static std::optional<std::uint64_t> loading();
    // Throws Error with the remedy if the module is not loaded or speaks
    // another ABI.
    static void check();

    enum class Dump { done, later, refused };
    // Asks for the state of all processes. `later`: rate-limited or not
    // sampling yet; `refused` has been logged.
    static Dump dump();
};

} // namespace memory_collector
