// SPDX-License-Identifier: GPL-2.0-only
#include "support/private_process.h"

#include "support/error.h"

#include <sys/prctl.h>
#include <sys/resource.h>

#include <cerrno>

namespace memory_collector {

void become_private()
{
    const rlimit none{0, 0};
    // The limit alone does not hold where the kernel pipes cores to a program.
    if (::setrlimit(RLIMIT_CORE, &none) != 0 || ::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0)
        throw Error("core dumps of this process cannot be switched off: " + error_text(errno));
}

} // namespace memory_collector
