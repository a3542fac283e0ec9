// SPDX-License-Identifier: GPL-2.0-only
//
// What a workload is. To add one: a file in kinds/ that defines a class derived from Workload
// and a factory for it, and a line in the table of registry.cpp.
#pragma once

#include "lab/common_options.h"
#include "lab/worker.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace memory_collector::lab {

// What all workers together ask the machine for, at most.
struct Needs {
    std::uint64_t bytes = 0;
    std::uint64_t processes = 0; // beside the workers
};

// What is to be done in a time, against which the counts are held.
struct Goal {
    std::string unit;      // "forks"
    double per_second = 0; // 0: no fixed rate, only an amount
    double planned = 0;    // until the end
    double done = 0;
};

// What of the common options means something to it.
struct Uses {
    bool contents = true;
    bool hot_share = false;
};

class Workload {
public:
    virtual ~Workload() = default;

    virtual void add_options(Options &options) = 0;
    // Throws UsageError for values that do not go together.
    virtual void check(const CommonOptions &) const {}
    virtual Uses uses() const = 0;
    virtual Needs needs(const CommonOptions &common) const = 0;

    // In each worker's own process: before the common start, and from then on.
    virtual void prepare(Worker &) {}
    virtual void work(Worker &worker) = 0;

    // What was to be done up to a time after the start, and was; nothing if it has no goal.
    virtual std::optional<Goal> goal(const CommonOptions &common, const Counts &sum,
                                     std::uint64_t until_ns) const = 0;
    // It may run into the limit of its cgroup: a worker that the kernel kills there is what was asked for.
    virtual bool may_meet_limit() const { return false; }
};

struct WorkloadEntry {
    std::string_view name;
    std::string_view summary;
    std::unique_ptr<Workload> (*make)();
};

std::span<const WorkloadEntry> workloads();

// The goal of operations at a rate.
Goal rate_goal(std::string unit, std::uint64_t per_second, const CommonOptions &common, std::uint64_t done,
               std::uint64_t until_ns);

// Throws UsageError if a region has less than a page for each worker.
void check_region(std::string_view option, std::uint64_t bytes, const CommonOptions &common);

} // namespace memory_collector::lab
