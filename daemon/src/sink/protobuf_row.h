// SPDX-License-Identifier: GPL-2.0-only
//
// A message of report.proto back into the line that `--format jsonl` has for it.
#pragma once

#include <string>
#include <string_view>

namespace memory_collector {

// Appends the line with its newline. Throws DamagedRecord, with nothing
// appended, for anything that is no row or that this version does not know.
void append_row_as_jsonl(std::string &to, std::string_view message);

} // namespace memory_collector
