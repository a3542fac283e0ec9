// SPDX-License-Identifier: GPL-2.0-only
#include "host/host_paths.h"

#include <fstream>
#include <iterator>

namespace memory_collector {

std::string_view trimmed(std::string_view text)
{
    constexpr std::string_view space = " \t\r\n";
    const auto begin = text.find_first_not_of(space);
    if (begin == std::string_view::npos)
        return {};
    return text.substr(begin, text.find_last_not_of(space) - begin + 1);
}

std::filesystem::path HostPaths::at(std::string_view absolute) const
{
    if (root_.empty())
        return absolute;
    // path::operator/ would throw the root away before an absolute path.
    return root_ / absolute.substr(absolute.find_first_not_of('/'));
}

bool HostPaths::exists(std::string_view absolute) const
{
    std::error_code ignored;
    return std::filesystem::exists(at(absolute), ignored);
}

std::optional<std::string> HostPaths::read(std::string_view absolute) const
{
    // Opening a folder succeeds; only the read of it fails.
    std::error_code ignored;
    const auto path = at(absolute);
    if (std::filesystem::is_directory(path, ignored))
        return std::nullopt;
    std::ifstream file{path, std::ios::binary};
    if (!file)
        return std::nullopt;
    std::string content{std::istreambuf_iterator<char>{file}, {}};
    if (file.bad())
        return std::nullopt;
    return content;
}

std::optional<std::string> HostPaths::read_word(std::string_view absolute) const
{
    auto content = read(absolute);
    if (content)
        content = std::string{trimmed(*content)};
    return content;
}

} // namespace memory_collector
