// SPDX-License-Identifier: GPL-2.0-only
//
// /run/memory-collector/pool.json, and the lock that whoever changes a pool holds.
#pragma once

#include "host/run_state.h"
#include "pool/state.h"

#include <optional>
#include <string>

namespace memory_collector::pool {

class StateFile {
public:
    // To read only; folder and file need not be there.
    static std::optional<PoolState> look(const std::string &folder = RunState::default_folder);

    // Makes the folder if need be, and holds the lock. Throws Error if another has it, or if the
    // folder is not this user's alone.
    explicit StateFile(std::string folder = RunState::default_folder);

    // Nothing if there is none, or it is of an earlier boot.
    std::optional<PoolState> read() const;
    // Whole or not at all, whenever this process is killed.
    void write(const PoolState &state) const { file_.write(format_state(state)); }
    void remove() const { file_.remove(); }

private:
    RunState file_;
};

} // namespace memory_collector::pool
