// SPDX-License-Identifier: GPL-2.0-only
//
// The names that people know containers by, from what their runtimes keep on
// disk. Mostly readable for root only; what cannot be read has no name.
#pragma once

#include "host/host_paths.h"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

namespace memory_collector {

struct ContainerName {
    // Whose record it is: docker, podman, containerd; empty if several runtimes
    // keep their records there.
    std::string_view runtime;
    std::string name;
};

class ContainerNames {
public:
    explicit ContainerNames(HostPaths host = {}) : host_(std::move(host)) {}

    // Of the container with this id (64 digits). Answers are kept for half a minute,
    // by now_ns: many processes of a container ask for it at a time, and who asks
    // later hears of a record that was made, or changed, since.
    std::optional<ContainerName> find(const std::string &id, std::uint64_t now_ns);

private:
    struct Answer {
        std::uint64_t until_ns = 0;
        std::optional<ContainerName> name;
    };
    // One file that lists all containers, as it was when it was last read.
    struct Listing {
        std::uint64_t inode = 0;
        std::int64_t changed_ns = 0;
        std::int64_t size = -1;
        std::unordered_map<std::string, std::string> names;
    };

    std::optional<ContainerName> look(const std::string &id);
    const Listing &listing(const std::string &path);

    HostPaths host_;
    std::unordered_map<std::string, Answer> answers_;
    std::map<std::string, Listing> listings_;
};

} // namespace memory_collector
