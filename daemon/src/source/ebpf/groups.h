// SPDX-License-Identifier: GPL-2.0-only
//
// The groups that are switched on: those of every run, and those asked for.
#pragma once

#include "source/ebpf/group.h"

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace memory_collector::ebpf {

class Groups {
public:
    // Those of every run, where this kernel has them.
    // btf outlives it.
    explicit Groups(const KernelBtf &btf);

    // Switches these on and all others off that were asked for before. Throws
    // Error if one of them cannot be; the others are as wanted then.
    void switch_to(const std::vector<std::string> &names, Model &model);
    // One less, and why: it stays off until it is asked for again.
    void switch_off(std::string_view name, Model &model);
    // Before an interval is closed; `ended` since the last call.
    void sample(Model &model, std::span<const ProcessKey> ended);

    void drain(Model &model);
    // At the end: all are detached, and all that they told is handed on.
    void finish(Model &model);
    // Of all groups since the beginning, of those switched off since as well.
    Group::Counts counts() const;

    struct Active {
        const GroupEntry *entry;
        std::unique_ptr<Group> group;
    };
    std::span<const Active> active() const { return active_; }

private:
    void tell(Model &model) const;
    void switch_on(const GroupEntry &entry);
    template <typename Unwanted> void remove(Unwanted &&unwanted, Model &model);

    const KernelBtf *btf_;
    std::vector<Active> active_;
    Group::Counts gone_; // of those switched off
    // Ended in the interval before: programs that ran on while their processes ended are done.
    std::vector<ProcessKey> leaving_;
};

// Throws OptionError for a name that is none. `list`: separated by commas.
std::vector<std::string> group_names(const std::string &list);

} // namespace memory_collector::ebpf
