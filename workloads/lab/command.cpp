// SPDX-License-Identifier: GPL-2.0-only
#include "lab/command.h"

#include "support/error.h"

#include <cerrno>
#include <cstdio>

namespace memory_collector::lab {

void print_all(const std::string &text)
{
    if (std::fwrite(text.data(), 1, text.size(), stdout) != text.size() || std::fflush(stdout) != 0)
        throw Error("cannot write the result to standard output: " + error_text(errno));
}

} // namespace memory_collector::lab
