// SPDX-License-Identifier: GPL-2.0-only
#pragma once

namespace memory_collector::pool {

// Takes away all that there is of a pool, and says what that was; nothing is fine, too. Throws
// Error where something stays.
void reset(bool unload_module);

} // namespace memory_collector::pool
