// SPDX-License-Identifier: GPL-2.0-only
//
// Live sources of `run`. To add one: one file with a class derived from
// LiveSource and a factory for it, and one line in source_registry.cpp.
#pragma once

#include "model/model.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace memory_collector {

class LiveSource {
public:
    virtual ~LiveSource() = default;
    // As in the `source` column of interval rows.
    virtual std::string_view name() const = 0;
    // Begins to feed the model: it is open once the first interval is.
    virtual void start(Model &model) = 0;
    // Feeds it what is ripe. Returns false if there is more at once.
    virtual bool round(Model &model) = 0;
    // When round() should be called at the latest, by CLOCK_MONOTONIC.
    virtual std::uint64_t due(const Model &) const { return ~std::uint64_t{0}; }
    // Other groups than those that it was made with. Throws Error for one that cannot be had.
    virtual void change_groups(const std::vector<std::string> &, Model &) {}
    // Feeds it all there is, and ends.
    virtual void stop(Model &model) = 0;
};

struct SourceOptions {
    std::uint64_t buffer_bytes = 0;
    std::uint64_t interval_ns = 0;
    // Columns asked for beside those of every run: of --with.
    std::vector<std::string> groups = {};
    std::string btf; // a file instead of the kernel's own; eBPF only
    // Of the eBPF source: auto, ring or perf.
    std::string bpf_buffer = "auto";
    // The run time of eBPF programs is measured.
    bool bpf_stats = false;
    // Of one CPU, its programs included.
    std::optional<double> max_cpu = {};
};

struct SourceEntry {
    std::string_view name;
    std::unique_ptr<LiveSource> (*make)(const SourceOptions &options);
};

// By name; `auto` takes the best there is. Throws OptionError for a name that is none.
const SourceEntry &source_entry(std::string_view name);

// Throws also Error if this machine or this build does not have it.
std::unique_ptr<LiveSource> make_source(std::string_view name, const SourceOptions &options);

} // namespace memory_collector
