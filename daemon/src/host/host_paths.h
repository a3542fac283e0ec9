// SPDX-License-Identifier: GPL-2.0-only
//
// Where this host's /proc, /sys and /lib are. Everything that inspects a host
// reads through here, so that tests can put a tree of their own under it.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

namespace memory_collector {

class HostPaths {
public:
    HostPaths() = default;
    explicit HostPaths(std::filesystem::path root) : root_(std::move(root)) {}

    // The place of an absolute path such as "/proc/modules".
    std::filesystem::path at(std::string_view absolute) const;

    bool exists(std::string_view absolute) const;

    // Whole content; nullopt if it cannot be read, whatever the reason.
    std::optional<std::string> read(std::string_view absolute) const;

    // Content without the white space around it.
    std::optional<std::string> read_word(std::string_view absolute) const;

private:
    std::filesystem::path root_;
};

std::string_view trimmed(std::string_view text);

} // namespace memory_collector
