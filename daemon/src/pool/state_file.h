// SPDX-License-Identifier: GPL-2.0-only
//
// /run/memory-collector/pool.json, and the lock that whoever changes a pool holds.
#pragma once

#include "pool/state.h"
#include "support/fd.h"

#include <optional>
#include <string>

namespace memory_collector::pool {

class StateFile {
public:
    static constexpr const char *default_folder = "/run/memory-collector";

    // To read only; folder and file need not be there.
    static std::optional<PoolState> look(const std::string &folder = default_folder);

    // Makes the folder if need be, and holds the lock. Throws Error if another has it, or if the
    // folder is not this user's alone.
    explicit StateFile(std::string folder = default_folder);

    // Nothing if there is none, or it is of an earlier boot.
    std::optional<PoolState> read() const;
    // Whole or not at all, whenever this process is killed.
    void write(const PoolState &state) const;
    void remove() const;

private:
    std::string folder_;
    UniqueFd directory_;
    UniqueFd lock_;
};

// Of this boot of the machine.
std::string boot_id();

} // namespace memory_collector::pool
