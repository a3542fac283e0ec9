// SPDX-License-Identifier: GPL-2.0-only
#include "lab/ledger.h"

#include "support/error.h"

#include <sys/mman.h>

#include <algorithm>
#include <cerrno>

namespace memory_collector::lab {

void Tally::set_problem(std::string_view text)
{
    if (problem[0] == '\0')
        std::copy_n(text.begin(), std::min(text.size(), problem.size() - 1), problem.begin());
}

void Ledger::Unmap::operator()(Board *at) const
{
    ::munmap(at, size);
}

Ledger::Ledger(std::size_t workers)
{
    // Zeros are a valid beginning of all of it.
    static_assert(alignof(Tally) <= 64 && sizeof(Board) <= 64);
    const std::size_t size = 64 + workers * sizeof(Tally);
    void *const at = ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (at == MAP_FAILED)
        throw Error("cannot map " + std::to_string(size) +
                    " bytes for the workers' counts: " + error_text(errno));
    memory_ = {static_cast<Board *>(at), Unmap{size}};
    tallies_ = {reinterpret_cast<Tally *>(static_cast<std::byte *>(at) + 64), workers};
}

} // namespace memory_collector::lab
