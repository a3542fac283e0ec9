// SPDX-License-Identifier: GPL-2.0-only
#include "lab/oom_score.h"

#include "host/host_paths.h"
#include "support/files.h"
#include "support/sysfs_file.h"
#include "support/words.h"

#include <string>

namespace memory_collector::lab {

namespace {

constexpr const char *file = "/proc/self/oom_score_adj";

} // namespace

int own_oom_score_adj()
{
    return whole<int>(trimmed(read_file(file, 64))).value_or(0);
}

void set_own_oom_score_adj(int value)
{
    write_sysfs(file, std::to_string(value));
}

} // namespace memory_collector::lab
