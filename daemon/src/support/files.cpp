// SPDX-License-Identifier: GPL-2.0-only
#include "support/files.h"

#include "support/fd.h"

#include <fcntl.h>

#include <algorithm>
#include <array>
#include <cerrno>

namespace memory_collector {

std::string read_file(const std::string &path, std::size_t most)
{
    std::string text;
    const UniqueFd fd{::open(path.c_str(), O_RDONLY | O_CLOEXEC)};
    if (!fd)
        return text;
    std::array<char, 4096> buffer{};
    while (text.size() < most) {
        const ssize_t size = ::read(fd.get(), buffer.data(), std::min(buffer.size(), most - text.size()));
        if (size < 0 && errno == EINTR)
            continue;
        if (size <= 0)
            break;
        text.append(buffer.data(), static_cast<std::size_t>(size));
    }
    return text;
}

} // namespace memory_collector
