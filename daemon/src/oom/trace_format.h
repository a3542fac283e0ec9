// SPDX-License-Identifier: GPL-2.0-only
//
// What a recording's lines begin with, and how names are written in them:
// docs/oom.md.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace memory_collector::oom {

inline constexpr std::string_view trace_magic = "memory-collector-oom-trace";
inline constexpr std::uint64_t trace_version = 1;

inline constexpr std::string_view process_columns =
    "pid,start_ticks,oom_score_adj,anon,file,shmem,swap,page_tables,comm";

// Bytes that are no plain text, and the comma and the backslash, as \xNN.
void append_escaped(std::string &to, std::string_view text);
std::string unescaped(std::string_view text);

} // namespace memory_collector::oom
