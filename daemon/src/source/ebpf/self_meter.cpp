// SPDX-License-Identifier: GPL-2.0-only
#include "source/ebpf/self_meter.h"

#include "support/clock.h"

#include <algorithm>

namespace memory_collector::ebpf {

namespace {

// Maps grow seldom, and asking for all takes some 50 us.
constexpr std::uint64_t map_bytes_every_ns = 1'000'000'000;

constexpr std::string_view always = "always";

} // namespace

SelfMeter::SelfMeter(bool programs)
{
    if (programs)
        statistics_.emplace();
}

SelfUse SelfMeter::read(const LifeEvents &life, const TaskIterator &iterator, const Groups &groups)
{
    SelfUse use;
    use.cpu_time_ns = process_cpu_ns();
    use.rss_bytes = resident_bytes();
    const std::vector<bpf_object *> events = life.objects();
    if (const std::uint64_t now = monotonic_ns(); !map_bytes_ || now - map_bytes_at_ >= map_bytes_every_ns) {
        std::vector<bpf_object *> objects = events;
        objects.push_back(iterator.object());
        for (const Groups::Active &active : groups.active())
            objects.insert(objects.end(), active.group->objects().begin(), active.group->objects().end());
        map_bytes_ = map_bytes(objects) + life.buffer_bytes();
        map_bytes_at_ = now;
    }
    use.map_bytes = map_bytes_;
    if (statistics_) {
        std::vector<SelfUse::Program> &programs = use.programs.emplace();
        for (bpf_object *const object : events)
            add_programs(object, always, false, programs);
        add_programs(iterator.object(), always, true, programs);
        for (const Groups::Active &active : groups.active())
            for (bpf_object *const object : active.group->objects())
                add_programs(object, active.entry->name, false, programs);
    }
    spent_ns_ = *use.cpu_time_ns - last_.cpu_time_ns.value_or(0);
    added_.clear();
    if (use.programs)
        for (const SelfUse::Program &program : *use.programs) {
            std::uint64_t before = 0;
            if (last_.programs)
                for (const SelfUse::Program &other : *last_.programs)
                    if (other.group == program.group && other.name == program.name)
                        before = other.run_ns;
            added_.push_back(program.run_ns >= before ? program.run_ns - before : program.run_ns);
            if (!program.own_time)
                spent_ns_ += added_.back();
        }
    last_ = use;
    return use;
}

std::string_view SelfMeter::dearest(const Groups &groups) const
{
    std::string_view dearest;
    std::uint64_t most = 0;
    for (const Groups::Active &active : groups.active()) {
        if (active.entry->always)
            continue;
        std::uint64_t sum = 0;
        for (std::size_t i = 0; i < added_.size(); i++)
            if ((*last_.programs)[i].group == active.entry->name)
                sum += added_[i];
        if (dearest.empty() || sum > most) {
            dearest = active.entry->name;
            most = sum;
        }
    }
    return dearest;
}

} // namespace memory_collector::ebpf
