// SPDX-License-Identifier: GPL-2.0-only
#include "support/exit_code.h"

#include "support/error.h"

#include <spdlog/spdlog.h>

#include <exception>

namespace memory_collector {

int exit_code_of(const std::function<int()> &run)
{
    try {
        return run();
    } catch (const UsageError &error) {
        spdlog::error("{}", error.what());
        return exit_usage;
    } catch (const std::exception &error) {
        spdlog::error("{}", error.what());
        return exit_failed;
    }
}

} // namespace memory_collector
