// SPDX-License-Identifier: GPL-2.0-only
#include "source/ebpf/groups.h"

#include "support/error.h"

#include <spdlog/fmt/fmt.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <sstream>

namespace memory_collector::ebpf {

namespace {

const GroupEntry *entry_of(std::string_view name)
{
    for (const GroupEntry &entry : group_entries())
        if (!entry.always && entry.name == name)
            return &entry;
    return nullptr;
}

Group::Counts sum(const Group::Counts &a, const Group::Counts &b)
{
    return {a.told + b.told, a.dropped + b.dropped, a.taken + b.taken};
}

} // namespace

std::vector<std::string> group_names(const std::string &list)
{
    std::vector<std::string> names;
    std::istringstream stream{list};
    for (std::string name; std::getline(stream, name, ',');) {
        if (entry_of(name) == nullptr) {
            std::string known;
            for (const GroupEntry &entry : group_entries())
                if (!entry.always)
                    known.append(known.empty() ? "" : ", ").append(entry.name);
            throw OptionError("with", fmt::format("'{}' is none of {}", name, known));
        }
        if (std::find(names.begin(), names.end(), name) == names.end())
            names.push_back(name);
    }
    return names;
}

Groups::Groups(const KernelBtf &btf) : btf_(&btf)
{
    for (const GroupEntry &entry : group_entries())
        if (entry.always) {
            try {
                switch_on(entry);
            } catch (const Error &error) {
                spdlog::warn("no {}: {}", entry.summary, error.what());
            }
        }
}

void Groups::switch_on(const GroupEntry &entry)
{
    Active active{&entry, entry.make(*btf_)};
    for (const std::string &why : active.group->lacking())
        spdlog::warn("{}: {}", entry.name, why);
    active_.push_back(std::move(active));
}

// What it counted in the open interval goes with it, what it told one by one does not.
template <typename Unwanted> void Groups::remove(Unwanted &&unwanted, Model &model)
{
    std::erase_if(active_, [&](const Active &active) {
        if (!unwanted(*active.entry))
            return false;
        active.group->detach();
        active.group->drain(model);
        gone_ = sum(gone_, active.group->counts());
        return true;
    });
}

void Groups::drain(Model &model)
{
    for (const Active &active : active_)
        active.group->drain(model);
}

void Groups::finish(Model &model)
{
    for (const Active &active : active_)
        active.group->detach();
    drain(model);
}

Group::Counts Groups::counts() const
{
    Group::Counts all = gone_;
    for (const Active &active : active_)
        all = sum(all, active.group->counts());
    return all;
}

void Groups::switch_to(const std::vector<std::string> &names, Model &model)
{
    const auto wanted = [&names](const GroupEntry &entry) {
        return entry.always || std::find(names.begin(), names.end(), entry.name) != names.end();
    };
    remove([&](const GroupEntry &entry) { return !wanted(entry); }, model);
    std::string refused;
    for (const GroupEntry &entry : group_entries()) {
        const bool on = std::any_of(active_.begin(), active_.end(),
                                    [&entry](const Active &active) { return active.entry == &entry; });
        if (on || entry.always || !wanted(entry))
            continue;
        try {
            switch_on(entry);
        } catch (const Error &error) {
            refused += (refused.empty() ? "" : "; ") + std::string{entry.name} + ": " + error.what();
        }
    }
    tell(model);
    if (!refused.empty())
        throw Error("cannot switch on what --with asks for: " + refused);
}

void Groups::switch_off(std::string_view name, Model &model)
{
    remove([&](const GroupEntry &entry) { return entry.name == name; }, model);
    tell(model);
}

void Groups::tell(Model &model) const
{
    ExtraSet measured;
    for (const Active &active : active_)
        measured |= active.group->measured();
    model.measure_extra(measured);
}

void Groups::sample(Model &model, std::span<const ProcessKey> ended)
{
    for (const Active &active : active_)
        active.group->sample(model, leaving_);
    leaving_.assign(ended.begin(), ended.end());
}

} // namespace memory_collector::ebpf
