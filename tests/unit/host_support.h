// SPDX-License-Identifier: GPL-2.0-only
//
// A folder of its own per test that stands for the root of a host.
#pragma once

#include "host/host_paths.h"

#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>
#include <string_view>

#include <cstdlib>

namespace memory_collector::testing {

class FakeHost {
public:
    FakeHost()
    {
        std::string pattern = (std::filesystem::temp_directory_path() / "mc-host-XXXXXX").string();
        if (!mkdtemp(pattern.data()))
            throw std::runtime_error{"mkdtemp " + pattern};
        root_ = pattern;
    }
    FakeHost(const FakeHost &) = delete;
    FakeHost &operator=(const FakeHost &) = delete;
    ~FakeHost()
    {
        std::error_code ignored;
        std::filesystem::remove_all(root_, ignored);
    }

    void write(std::string_view absolute, std::string_view content)
    {
        const auto path = paths().at(absolute);
        std::filesystem::create_directories(path.parent_path());
        std::ofstream{path, std::ios::binary} << content;
    }

    void link(std::string_view absolute, std::string_view target)
    {
        const auto path = paths().at(absolute);
        std::filesystem::create_directories(path.parent_path());
        std::filesystem::create_symlink(target, path);
    }

    void folder(std::string_view absolute) { std::filesystem::create_directories(paths().at(absolute)); }

    HostPaths paths() const { return HostPaths{root_}; }

private:
    std::filesystem::path root_;
};

} // namespace memory_collector::testing
