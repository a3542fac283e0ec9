// SPDX-License-Identifier: GPL-2.0-only
#pragma once

#include "lab/command.h"
#include "lab/workload.h"

#include <memory>

namespace memory_collector::lab {

std::unique_ptr<LabCommand> make_workload_command(const WorkloadEntry &entry);

} // namespace memory_collector::lab
