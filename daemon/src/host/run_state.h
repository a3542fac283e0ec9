// SPDX-License-Identifier: GPL-2.0-only
//
// /run/memory-collector/NAME.json: what a program has made in the kernel that does not end with
// it, and the lock that it holds meanwhile. Whoever comes after one that was killed finds it there.
#pragma once

#include "support/fd.h"

#include <cstdint>
#include <optional>
#include <string>

namespace memory_collector {

class RunState {
public:
    static constexpr const char *default_folder = "/run/memory-collector";
    enum class Lock : std::uint8_t { at_once, wait_a_little };

    // What is there, or nothing. To read only; folder and file need not be there.
    static std::optional<std::string> look(const std::string &folder, const std::string &name);

    // Makes the folder if need be, and holds the lock. Throws Error if another has it, named as `who`,
    // or if the folder is not this user's alone.
    RunState(std::string folder, std::string name, const std::string &who, Lock lock);

    std::optional<std::string> read() const;
    // Whole or not at all, whenever this process is killed.
    void write(const std::string &text) const;
    void remove() const;

    std::string path() const { return folder_ + "/" + file(); }

private:
    std::string file() const { return name_ + ".json"; }
    std::string new_file() const { return name_ + ".json.new"; }

    std::string folder_;
    std::string name_;
    UniqueFd directory_;
    UniqueFd lock_;
};

// Of this boot of the machine: what a file of another speaks of has gone.
std::string boot_id();

} // namespace memory_collector
