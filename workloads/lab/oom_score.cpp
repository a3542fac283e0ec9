// SPDX-License-Identifier: GPL-2.0-only
#include "lab/oom_score.h"

#include "support/fd.h"
#include "support/files.h"
#include "support/words.h"

#include <fcntl.h>
#include <unistd.h>

#include <string>
#include <string_view>

namespace memory_collector::lab {

namespace {

constexpr const char *file = "/proc/self/oom_score_adj";

} // namespace

int own_oom_score_adj()
{
    const std::string text = read_file(file, 64);
    std::string_view rest = text;
    return whole<int>(next_word(rest)).value_or(0);
}

void set_own_oom_score_adj(int value)
{
    const std::string text = std::to_string(value);
    if (const UniqueFd to{::open(file, O_WRONLY | O_CLOEXEC)}; to)
        (void)!::write(to.get(), text.data(), text.size());
}

} // namespace memory_collector::lab
