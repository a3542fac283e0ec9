// SPDX-License-Identifier: GPL-2.0-only
//
// Lets a probe run: its lines go out as they come, until it is told to stop.
#pragma once

#include "probe/probe.h"
#include "sink/output.h"
#include "support/signals.h"

#include <cstdint>
#include <optional>

namespace memory_collector::probe {

// Until SIGINT, SIGTERM, SIGHUP, the end of the duration or of the output's reader.
// Throws OutputClosed where the latter is noticed by writing.
void watch(Probe &probe, Output &output, Signals &signals, std::optional<std::uint64_t> duration_ns);

} // namespace memory_collector::probe
