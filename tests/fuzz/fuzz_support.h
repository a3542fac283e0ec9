// SPDX-License-Identifier: GPL-2.0-only
//
// What fuzzers share: the input as text or in parts, files made of it, and a
// check that does not go away in a release build.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>

#include <unistd.h>

namespace memory_collector::fuzz {

inline std::string_view text_of(const std::uint8_t *data, std::size_t size)
{
    return {reinterpret_cast<const char *>(data), size};
}

inline void require(bool holds, const char *what)
{
    if (holds)
        return;
    std::fprintf(stderr, "does not hold: %s\n", what);
    std::abort();
}

// The part before the next separator, which is taken away with it.
inline std::string_view next_part(std::string_view &text, char separator)
{
    const std::size_t end = text.find(separator);
    const std::string_view part = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    return part;
}

// A folder in memory that goes with the process.
class Folder {
public:
    Folder()
    {
        std::string name = "/dev/shm/memory-collector-fuzz.XXXXXX";
        if (::mkdtemp(name.data()) == nullptr) {
            std::perror("/dev/shm");
            std::abort();
        }
        path_ = name;
    }
    Folder(const Folder &) = delete;
    Folder &operator=(const Folder &) = delete;
    ~Folder() { std::filesystem::remove_all(path_); }

    std::string path(std::string_view name) const { return path_ + "/" + std::string{name}; }
    // Also the folders above it.
    void write(std::string_view name, std::string_view text) const
    {
        const std::string file = path(name);
        std::filesystem::create_directories(std::filesystem::path{file}.parent_path());
        std::ofstream{file, std::ios::binary | std::ios::trunc} << text;
    }

private:
    std::string path_;
};

} // namespace memory_collector::fuzz
