// SPDX-License-Identifier: GPL-2.0-only
#pragma once

#include "lab/command.h"
#include "lab/tools/tool.h"

#include <memory>

namespace memory_collector::lab {

std::unique_ptr<LabCommand> make_tool_command(const ToolEntry &entry);
// `check-tools`.
std::unique_ptr<LabCommand> make_check_tools();

} // namespace memory_collector::lab
