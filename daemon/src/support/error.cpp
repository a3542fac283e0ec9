// SPDX-License-Identifier: GPL-2.0-only
#include "support/error.h"

#include <system_error>

namespace memory_collector {

std::string error_text(int error)
{
    return std::generic_category().message(error);
}

} // namespace memory_collector
