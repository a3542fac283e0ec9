// SPDX-License-Identifier: GPL-2.0-only
#include "support/secret_buffer.h"

#include "support/error.h"

#include <cerrno>
#include <cstring>

#include <sys/mman.h>

namespace memory_collector {

SecretBuffer::SecretBuffer(std::size_t size)
{
    if (size == 0)
        return;
    void *const memory = ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED)
        throw Error("no memory for a buffer of " + std::to_string(size) + " bytes: " + error_text(errno));
    memory_ = {static_cast<std::byte *>(memory), size};
    ::madvise(memory, size, MADV_DONTDUMP);
    ::madvise(memory, size, MADV_WIPEONFORK);
    locked_ = ::mlock(memory, size) == 0;
}

SecretBuffer::~SecretBuffer()
{
    if (memory_.empty())
        return;
    wipe();
    ::munmap(memory_.data(), memory_.size());
}

void SecretBuffer::wipe()
{
    if (!memory_.empty())
        ::explicit_bzero(memory_.data(), memory_.size());
}

} // namespace memory_collector
