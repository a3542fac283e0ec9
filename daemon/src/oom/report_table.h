// SPDX-License-Identifier: GPL-2.0-only
//
// Forecasts for people.
#pragma once

#include "oom/engine.h"

#include <span>
#include <string>

namespace memory_collector::oom {

// The likeliest first, and no more than fit on a screen.
void append_table(std::string &to, std::span<const Assessment> assessments, std::uint64_t since_start_ns);
void append_alert(std::string &to, const Assessment &assessment, std::size_t horizon);

} // namespace memory_collector::oom
