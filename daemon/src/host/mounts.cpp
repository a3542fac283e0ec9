// SPDX-License-Identifier: GPL-2.0-only
#include "host/mounts.h"

#include <sstream>

namespace memory_collector {
namespace {

bool is_octal(char digit)
{
    return digit >= '0' && digit <= '7';
}

// Space, tab, newline and backslash are written as \ooo.
std::string unescaped(std::string_view text)
{
    std::string result;
    for (std::size_t i = 0; i < text.size(); i++) {
        if (text[i] == '\\' && i + 3 < text.size() && is_octal(text[i + 1]) && is_octal(text[i + 2]) &&
            is_octal(text[i + 3])) {
            result +=
                static_cast<char>((text[i + 1] - '0') * 64 + (text[i + 2] - '0') * 8 + (text[i + 3] - '0'));
            i += 3;
        } else {
            result += text[i];
        }
    }
    return result;
}

} // namespace

std::vector<std::string> mount_points(const HostPaths &host, std::string_view type)
{
    std::vector<std::string> points;
    std::istringstream lines{host.read("/proc/self/mountinfo").value_or("")};
    for (std::string line; std::getline(lines, line);) {
        std::istringstream words{line};
        std::string id, parent, device, root, point, word;
        words >> id >> parent >> device >> root >> point;
        // A varying number of optional fields ends with a hyphen.
        while (words >> word && word != "-") {
        }
        if (words >> word && word == type)
            points.push_back(unescaped(point));
    }
    return points;
}

bool knows_filesystem(const HostPaths &host, std::string_view type)
{
    std::istringstream lines{host.read("/proc/filesystems").value_or("")};
    for (std::string line; std::getline(lines, line);) {
        const auto tab = line.rfind('\t');
        if (trimmed(tab == std::string::npos ? line : line.substr(tab)) == type)
            return true;
    }
    return false;
}

} // namespace memory_collector
