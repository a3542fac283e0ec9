// SPDX-License-Identifier: GPL-2.0-only
#pragma once

namespace memory_collector {

// For a process that will hold what is others': from now on it leaves no core
// dump, and only root may look into it. Throws Error if the kernel refuses.
void become_private();

} // namespace memory_collector
