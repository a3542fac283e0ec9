// SPDX-License-Identifier: GPL-2.0-only
#pragma once

#include "support/error.h"

#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <string>

namespace memory_collector::lab {

// A folder that goes with whichever of the two processes (guardian.h) ends last.
class TempFolder {
public:
    TempFolder()
    {
        std::string pattern = (std::filesystem::temp_directory_path() / "memory-workload.XXXXXX").string();
        if (::mkdtemp(pattern.data()) == nullptr)
            throw Error("cannot make a folder like " + pattern + ": " + error_text(errno) +
                        "; TMPDIR may name another place");
        path_ = pattern;
    }
    TempFolder(const TempFolder &) = delete;
    TempFolder &operator=(const TempFolder &) = delete;
    ~TempFolder() { remove(); }

    const std::filesystem::path &path() const { return path_; }
    void remove() const
    {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }

private:
    std::filesystem::path path_;
};

} // namespace memory_collector::lab
