// SPDX-License-Identifier: GPL-2.0-only
#include "oom/kept_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>

namespace memory_collector::oom {

ReadBuffer make_read_buffer()
{
    // memory.stat and vmstat are a few KiB; longer ones are read as far.
    return ReadBuffer(std::size_t{64} * 1024);
}

KeptFile::KeptFile(const std::string &path) : fd_(::open(path.c_str(), O_RDONLY | O_CLOEXEC)) {}

std::optional<std::string_view> KeptFile::read(ReadBuffer &buffer) const
{
    std::size_t size = 0;
    while (fd_ && size < buffer.size()) {
        const ssize_t got =
            ::pread(fd_.get(), buffer.data() + size, buffer.size() - size, static_cast<off_t>(size));
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return std::nullopt;
        if (got == 0)
            break;
        size += static_cast<std::size_t>(got);
    }
    if (!fd_)
        return std::nullopt;
    return std::string_view{buffer.data(), size};
}

} // namespace memory_collector::oom
