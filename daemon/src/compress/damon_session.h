// SPDX-License-Identifier: GPL-2.0-only
//
// DAMON's files in sysfs, for one watched process at a time. What is set up there outlives this
// program, so it is written down before (/run/memory-collector/damon.json): the next one takes away
// what one that was killed has left, and never what is another program's.
#pragma once

#include "host/process_id.h"
#include "host/run_state.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace memory_collector::compress {

// Slow enough that a busy machine keeps to it: ages are counted in aggregations.
inline constexpr std::uint64_t damon_sample_us = 20'000;
inline constexpr std::uint64_t damon_aggregate_us = 200'000;

struct DamonState {
    std::string boot_id;
    ProcessId sampler;
    // Inode of kdamonds/0, 0 before it is made. kernfs gives no number twice (fs/kernfs/dir.c), so
    // one that another program has made since has another.
    std::uint64_t kdamond = 0;

    bool operator==(const DamonState &) const = default;
};

std::string format_damon_state(const DamonState &state);
// Nothing if it is no such text.
std::optional<DamonState> parse_damon_state(std::string_view text);

class DamonSession {
public:
    static constexpr const char *default_folder = "/sys/kernel/mm/damon/admin/kdamonds";

    // Takes away what a dead one left. Throws Error if DAMON is in use, by another of ours too.
    explicit DamonSession(std::string folder = default_folder,
                          std::string run_folder = RunState::default_folder);
    DamonSession(const DamonSession &) = delete;
    DamonSession &operator=(const DamonSession &) = delete;
    ~DamonSession() { stop(); }

    // Which operations a kernel has can be asked of a context only, so one is made and taken away.
    bool watches_processes();
    // Why not, if it does not.
    std::optional<std::string> start(std::uint32_t pid);
    bool update_regions() const;
    // Of the scheme, with the regions that were last updated.
    std::string regions_folder() const { return kdamond() + "/contexts/0/schemes/0/tried_regions"; }
    void stop();

private:
    std::string kdamond() const { return folder_ + "/0"; }
    std::uint64_t kdamonds() const;
    bool left_by(const DamonState &state) const;
    void take_away() const;
    // Makes a kdamond and notes that it is ours. Throws Error if that cannot be noted.
    bool make();
    void note(std::uint64_t kdamond) const;

    std::string folder_;
    RunState state_;
    bool ours_ = false;
};

} // namespace memory_collector::compress
