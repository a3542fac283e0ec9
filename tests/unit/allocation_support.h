// SPDX-License-Identifier: GPL-2.0-only
//
// Counts what is allocated: linking allocation_support.cpp replaces the global
// operator new of the program.
#pragma once

#include <cstdint>

namespace memory_collector::testing {

// Calls of operator new so far, in all threads.
std::uint64_t allocations();
// Asked for by them, freed since or not.
std::uint64_t allocated_bytes();

} // namespace memory_collector::testing
