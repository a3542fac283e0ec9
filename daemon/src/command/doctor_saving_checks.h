// SPDX-License-Identifier: GPL-2.0-only
//
// What `compress` and `pool` find on this machine. `run` needs none of it, so nothing here is
// reduced or blocked: what is lacking is a cost.
#pragma once

#include "command/doctor_checks.h"

namespace memory_collector {

Finding check_coldness(const Inspection &host);
Finding check_pool(const Inspection &host);

} // namespace memory_collector
