// SPDX-License-Identifier: GPL-2.0-only
#include "model/process_table.h"

#include <bit>
#include <utility>

namespace memory_collector {

ProcessTable::ProcessTable()
{
    // Nobody's, for RMIDs of which nothing is remembered.
    domains_.emplace_back();
    places_.resize(1024);
    mask_ = places_.size() - 1;
    shift_ = 64u - static_cast<unsigned>(std::countr_zero(places_.size()));
}

void ProcessTable::place(const Place &place)
{
    std::size_t at = home(place.pid);
    while (places_[at].index != no_index)
        at = (at + 1) & mask_;
    places_[at] = place;
}

void ProcessTable::grow()
{
    std::vector<Place> old(places_.size() * 2);
    old.swap(places_);
    mask_ = places_.size() - 1;
    shift_ = 64u - static_cast<unsigned>(std::countr_zero(places_.size()));
    for (const Place &entry : old)
        if (entry.index != no_index)
            place(entry);
}

std::uint32_t ProcessTable::add(const ProcessKey &key)
{
    if ((size_ + 1) * 2 > places_.size())
        grow();
    std::uint32_t index = 0;
    if (free_processes_.empty()) {
        index = static_cast<std::uint32_t>(processes_.size());
        processes_.emplace_back();
    } else {
        index = free_processes_.back();
        free_processes_.pop_back();
        processes_[index] = Process{};
    }
    processes_[index].key = key;
    place({key.start_time_ns, key.pid, index});
    size_++;
    return index;
}

void ProcessTable::remove(std::uint32_t index)
{
    Process &process = processes_[index];
    std::size_t hole = home(process.key.pid);
    while (places_[hole].index != index)
        hole = (hole + 1) & mask_;
    // Close the hole, so that churn leaves no tombstones behind.
    for (std::size_t at = (hole + 1) & mask_; places_[at].index != no_index; at = (at + 1) & mask_) {
        const std::size_t wanted = home(places_[at].pid);
        if (((at - wanted) & mask_) >= ((at - hole) & mask_)) {
            places_[hole] = places_[at];
            hole = at;
        }
    }
    places_[hole] = Place{};

    for (std::uint32_t i = process.domains; i != no_index;) {
        const std::uint32_t next = domains_[i].next;
        domains_[i] = ProcessDomain{};
        free_domains_.push_back(i);
        i = next;
    }
    process = Process{};
    free_processes_.push_back(index);
    size_--;
}

ProcessDomain &ProcessTable::add_domain(std::uint32_t owner, std::uint32_t domain)
{
    Process &process = processes_[owner];
    std::uint32_t index = 0;
    if (free_domains_.empty()) {
        index = static_cast<std::uint32_t>(domains_.size());
        domains_.emplace_back();
    } else {
        index = free_domains_.back();
        free_domains_.pop_back();
    }
    ProcessDomain &entry = domains_[index];
    entry.start_time_ns = process.key.start_time_ns;
    entry.pid = process.key.pid;
    entry.domain = domain;
    entry.process = owner;
    entry.last_slot = 0;
    if (domain < process.near.size())
        process.near[domain] = index;
    entry.next = std::exchange(process.domains, index);
    return entry;
}

} // namespace memory_collector
