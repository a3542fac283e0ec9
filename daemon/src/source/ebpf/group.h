// SPDX-License-Identifier: GPL-2.0-only
//
// What the eBPF source measures beside the figures that all rows have: a set of
// columns with the programs that count for them. To add one: one file with a
// class derived from Group and a factory for it, and one line in group_registry.cpp.
#pragma once

#include "model/extra.h"
#include "model/model.h"

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

struct bpf_object;

namespace memory_collector::ebpf {

class KernelBtf;

class Group {
public:
    virtual ~Group() = default;

    // The columns that this host's kernel has figures for.
    virtual ExtraSet measured() const = 0;
    // Why others of the group's columns are null here, a line each.
    virtual std::vector<std::string> lacking() const { return {}; }
    // Tells the model what changed since the last call, by Model::process_extra(). Once an
    // interval, before it is closed. `ended`: what to forget, when it has been told.
    virtual void sample(Model &model, std::span<const ProcessKey> ended) = 0;
    // What its programs have told one by one: hands it on. Often.
    virtual void drain(Model &) {}
    // Nothing more is counted or told after this; what there is can still be asked for.
    virtual void detach() {}
    // Of what is told one by one.
    struct Counts {
        std::uint64_t told = 0; // by the programs' own account
        std::uint64_t dropped = 0;
        std::uint64_t taken = 0;
    };
    virtual Counts counts() const { return {}; }
    // Its programs and maps, for what they cost.
    virtual std::span<bpf_object *const> objects() const = 0;
};

struct GroupEntry {
    std::string_view name;
    // For help: what it adds.
    std::string_view summary;
    // Not to be asked for by name: part of every run.
    bool always = false;
    // Attaches. Throws Error if this kernel has nothing of it.
    std::unique_ptr<Group> (*make)(const KernelBtf &btf);
};

// From the cheapest to the dearest.
std::span<const GroupEntry> group_entries();

} // namespace memory_collector::ebpf
