// SPDX-License-Identifier: GPL-2.0-only
#include "pool/state_file.h"

#include "support/error.h"

namespace memory_collector::pool {

namespace {

constexpr const char *name = "pool";

std::optional<PoolState> parsed(const std::optional<std::string> &text, const std::string &path)
{
    if (!text)
        return std::nullopt;
    auto state = parse_state(*text);
    if (!state)
        throw Error("'" + path +
                    "' is no state of a pool; look at /proc/swaps and /sys/block/zram*, then remove it");
    // What it speaks of went with that boot.
    if (state->boot_id != boot_id())
        return std::nullopt;
    return state;
}

} // namespace

std::optional<PoolState> StateFile::look(const std::string &folder)
{
    return parsed(RunState::look(folder, name), folder + "/" + name + ".json");
}

StateFile::StateFile(std::string folder)
    : file_(std::move(folder), name, "memory-collector pool", RunState::Lock::wait_a_little)
{
}

std::optional<PoolState> StateFile::read() const
{
    return parsed(file_.read(), file_.path());
}

} // namespace memory_collector::pool
