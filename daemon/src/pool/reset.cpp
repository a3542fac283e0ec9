// SPDX-License-Identifier: GPL-2.0-only
#include "pool/reset.h"

#include "pool/clear.h"
#include "pool/module.h"

#include <spdlog/spdlog.h>

namespace memory_collector::pool {

void reset(bool unload_module)
{
    const StateFile file;
    if (const auto state = file.read()) {
        const auto device = device_of(*state);
        clear(file, *state);
        spdlog::info("the pool is gone{}", device ? ", with all of /dev/zram" + std::to_string(*device) : "");
    } else {
        spdlog::info("there is no pool");
    }
    if (!unload_module)
        return;
    if (!has_zram())
        spdlog::info("the module zram is not loaded");
    else if (zram_is_built_in())
        spdlog::info("zram is built into this kernel, and stays");
    else
        unload_zram();
}

} // namespace memory_collector::pool
