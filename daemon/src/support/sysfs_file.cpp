// SPDX-License-Identifier: GPL-2.0-only
#include "support/sysfs_file.h"

#include "support/fd.h"

#include <fcntl.h>

#include <array>

namespace memory_collector {

SysfsText read_sysfs(const std::string &path)
{
    const UniqueFd fd{::open(path.c_str(), O_RDONLY | O_CLOEXEC)};
    if (!fd)
        return {errno, {}};
    // sysfs has no file of more than a page. Once only: a second read of hot_add makes a second device.
    std::array<char, 4096> buffer{};
    const ssize_t size = ::read(fd.get(), buffer.data(), buffer.size());
    if (size < 0)
        return {errno, {}};
    return {0, std::string{buffer.data(), static_cast<std::size_t>(size)}};
}

int write_sysfs(const std::string &path, std::string_view text)
{
    const UniqueFd fd{::open(path.c_str(), O_WRONLY | O_CLOEXEC)};
    if (!fd)
        return errno;
    const ssize_t size = ::write(fd.get(), text.data(), text.size());
    return size < 0 ? errno : size == static_cast<ssize_t>(text.size()) ? 0 : EIO;
}

} // namespace memory_collector
