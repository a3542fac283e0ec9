// SPDX-License-Identifier: GPL-2.0-only
#pragma once

#include <cstddef>
#include <string>

namespace memory_collector {

// The first `most` bytes of a file, as those of /proc and tracefs are; empty if
// it cannot be read.
std::string read_file(const std::string &path, std::size_t most = 1 << 20);

} // namespace memory_collector
