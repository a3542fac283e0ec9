// SPDX-License-Identifier: GPL-2.0-only
//
// Options that every workload has.
#pragma once

#include "lab/options.h"

#include <cstdint>

namespace memory_collector::lab {

struct CommonOptions {
    std::uint64_t duration_ns = 20'000'000'000;
    // Until all workers have their memory; the duration begins then.
    std::uint64_t prepare_ns = 60'000'000'000;
    std::uint64_t workers = 4;
    std::uint64_t seed = 12345;
    double entropy = 0.5;
    double hot_share = 1;
    double hot_access_share = 1;
    bool json = false;
    bool unsafe_allow_long = false;

    // A worker's part of an amount: all workers' parts add up to it.
    std::uint64_t part_of(std::uint64_t amount, std::uint64_t worker) const
    {
        return amount / workers + (worker < amount % workers ? 1 : 0);
    }

    void add(Options &to);
    // Throws UsageError: what needs --unsafe-allow-long, and what excludes each other.
    void check() const;
};

} // namespace memory_collector::lab
