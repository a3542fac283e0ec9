// SPDX-License-Identifier: GPL-2.0-only
#include "model/model.h"

#include "model/quick_sample.h"
#include "support/error.h"

#include <algorithm>
#include <cstring>

namespace memory_collector {

namespace {

// No machine has as many; a damaged recording may say so.
constexpr std::uint32_t most_domains = 4096;
constexpr std::uint32_t most_cpus = 8192;

} // namespace

Model::Model(ModelOptions options, Sink &sink) : options_(std::move(options)), sink_(sink)
{
    active_.reserve(4096);
    kept_.reserve(1024);
    domains_.reserve(16);
}

void Model::add_cpu(std::uint32_t cpu)
{
    if (cpu >= most_cpus)
        throw Error("CPU number " + std::to_string(cpu) + " is impossible: the data is corrupt");
    cpus_.resize(cpu + 1);
}

Model::Domain &Model::domain_of(std::uint32_t number)
{
    if (number >= domains_.size())
        domains_.resize(number + 1);
    Domain &domain = domains_[number];
    domain.number = number;
    domain.down = false;
    return domain;
}

std::uint32_t Model::add_process(const ProcessKey &key)
{
    // A pid used again: its former owner is gone. Its exit event may still
    // come, and is waited for; if it was lost, this ends it.
    const auto supersede = [this](Process &process) {
        if (process.ended || process.exited || process.superseded)
            return;
        process.superseded = true;
        superseded_.push_back({process.key, last_slot_ + remember_ended_ns});
    };
    bool newest = true;
    table_.for_each_of_pid(key.pid, [&](std::uint32_t, Process &process) {
        if (process.key.start_time_ns > key.start_time_ns)
            newest = false;
        else
            supersede(process);
    });
    const std::uint32_t index = table_.add(key);
    if (!newest)
        supersede(table_[index]);
    return index;
}

template <typename Event> inline Model::When Model::place(std::uint32_t cpu, const Event &event)
{
    // start_ < slot <= end_, in one comparison; both are 0 while nothing is open.
    if (event.slot_ns - start_ - 1 < end_ - start_) [[likely]] {
        events_++;
        last_slot_ = event.slot_ns > last_slot_ ? event.slot_ns : last_slot_;
        return When::now;
    }
    return place_slow(cpu, event);
}

template <typename Event> Model::When Model::place_slow(std::uint32_t cpu, const Event &event)
{
    if (!open_) {
        first_slot_ = std::min<std::uint64_t>(first_slot_, event.slot_ns);
        last_slot_ = std::max<std::uint64_t>(last_slot_, event.slot_ns);
        if (options_.live) {
            events_++;
            return When::baseline;
        }
        // If all counts begin at 0, so does the first slot's.
        begin(started_seen_ ? event.slot_ns - std::min<std::uint64_t>(event.slot_ns, slot_interval_)
                            : event.slot_ns);
        return place(cpu, event);
    }
    if (event.slot_ns > end_) {
        if (beyond(event.slot_ns)) {
            malformed_++;
            return When::kept;
        }
        kept_.push_back({cpu, event});
        return When::kept;
    }
    events_++;
    return event.slot_ns <= run_start_ ? When::baseline : When::now;
}

void Model::rdt_sample(std::uint32_t cpu_number, const mc_rdt_sample &sample)
{
    if (sample.domain >= most_domains) [[unlikely]]
        return malformed();
    const When when = place(cpu_number, sample);
    if (when == When::kept)
        return;

    const std::uint32_t index = process_of({sample.start_time_ns, sample.pid});
    Process &process = table_[index];
    ProcessDomain *entry = table_.find_domain(process, sample.domain);
    if (entry == nullptr) [[unlikely]] {
        entry = &table_.add_domain(index, sample.domain);
        domain_of(sample.domain);
        const bool zero = (sample.flags & MC_FLAG_EXISTING) == 0 && dump_complete_;
        if (!zero && !counts_from_zero(process)) {
            entry->total.start_at(sample.total_bytes);
            entry->local.start_at(sample.local_bytes);
        }
    }
    if (when == When::baseline) [[unlikely]] {
        entry->total.start_at(std::max<std::uint64_t>(entry->total.now, sample.total_bytes));
        entry->local.start_at(std::max<std::uint64_t>(entry->local.now, sample.local_bytes));
        entry->last_slot = std::max<std::uint64_t>(entry->last_slot, sample.slot_ns);
        return;
    }
    if ((sample.flags & MC_FLAG_EXISTING) != 0) [[unlikely]] {
        // Says nothing new, unless an event was lost.
        if (sample.total_bytes <= entry->total.now)
            return;
    }

    activate(index);
    // A soft one is many processes'.
    if ((sample.flags & MC_FLAG_SOFT) == 0)
        table_.remember(sample.rmid, *entry);
    const bool of_tick = (sample.flags & (MC_FLAG_SWEEP | MC_FLAG_DRAIN)) == 0;
    const bool deferred = (sample.flags & MC_FLAG_DEFERRED) != 0;
    take(!of_tick   ? 0
         : deferred ? read_up_to(cpu_number)
                    : sampled_since(cpu_number),
         process, *entry, sample);
}

// A CPU's RMID may be read by another of its domain; which these are is not known here.
std::uint64_t Model::read_up_to(std::uint32_t cpu_number)
{
    const Cpu &here = cpu_of(cpu_number);
    std::uint64_t slot = here.complete;
    for (const Cpu &cpu : cpus_)
        if (cpu.behind)
            slot = std::min(slot, cpu.complete);
    return slot;
}

std::uint64_t Model::behind_at(std::uint64_t now) const
{
    std::uint64_t behind = 0;
    for (const Cpu &cpu : cpus_)
        if (cpu.behind && !cpu.down && cpu.complete < now)
            behind = std::max(behind, now - cpu.complete);
    return behind;
}

void Model::domain_sample(std::uint32_t cpu_number, const mc_domain_sample &sample)
{
    if (sample.domain >= most_domains)
        return malformed();
    Domain &domain = domain_of(sample.domain);
    // A dump's closes no slot, and comes from any CPU.
    const bool closes_slot = (sample.flags & MC_FLAG_EXISTING) == 0;
    if (closes_slot) {
        domain.newest = std::max<std::uint64_t>(domain.newest, sample.slot_ns);
        cpu_of(cpu_number).domain = sample.domain;
    }
    const When when = place(cpu_number, sample);
    if (when == When::kept)
        return;
    if (sample.slot_ns < domain.slot)
        return;
    if (closes_slot)
        domain.slot = sample.slot_ns;
    domain.has_total = (sample.flags & MC_FLAG_NO_TOTAL) == 0;
    domain.has_local = (sample.flags & MC_FLAG_NO_LOCAL) == 0;
    const bool first = !domain.present;
    domain.present = true;
    if (when == When::baseline || (first && !started_seen_ && !dump_complete_)) {
        domain.total.start_at(sample.total_bytes);
        domain.local.start_at(sample.local_bytes);
        domain.unattributed.start_at(sample.unattributed_bytes);
        return;
    }
    domain.total.raise(sample.total_bytes);
    domain.local.raise(sample.local_bytes);
    domain.unattributed.raise(sample.unattributed_bytes);
}

void Model::soft_sample(std::uint32_t, const mc_soft_sample &sample)
{
    if (sample.domain >= most_domains || sample.cpu >= most_cpus)
        return malformed();
    const When when = place(sample.cpu, sample);
    if (when == When::kept)
        return;
    domain_of(sample.domain);
    Soft &soft = cpu_of(sample.cpu).soft;
    const bool first = !soft.present;
    soft.present = true;
    soft.domain = sample.domain;
    if (when == When::baseline || (first && !started_seen_ && !dump_complete_)) {
        soft.total.start_at(std::max<std::uint64_t>(soft.total.now, sample.total_bytes));
        soft.local.start_at(std::max<std::uint64_t>(soft.local.now, sample.local_bytes));
        if (when == When::baseline)
            return;
    }
    // A dump's says nothing new of it.
    if ((sample.flags & MC_FLAG_EXISTING) != 0)
        return;
    soft.flags |= sample.flags;
    soft.total.raise(sample.total_bytes);
    soft.local.raise(sample.local_bytes);
    if ((sample.flags & MC_FLAG_OCCUPANCY_INVALID) == 0)
        soft.occupancy.add(sample.occupancy_bytes);
}

void Model::process_sample(std::uint32_t cpu_number, const mc_process_sample &sample)
{
    const When when = place(cpu_number, sample);
    if (when == When::kept)
        return;
    const std::uint32_t index = process_of({sample.start_time_ns, sample.pid});
    Process &process = table_[index];
    const bool first = !process.counted;
    process.counted = true;
    const bool zero = counts_from_zero(process) || (dump_complete_ && !process.in_dump);
    if (when == When::baseline || (first && !zero)) {
        process.cpu_time.start_at(std::max<std::uint64_t>(process.cpu_time.now, sample.cpu_time_ns));
        process.min_flt.start_at(std::max<std::uint64_t>(process.min_flt.now, sample.min_flt));
        process.maj_flt.start_at(std::max<std::uint64_t>(process.maj_flt.now, sample.maj_flt));
        if (when == When::baseline)
            return;
    }
    if ((sample.flags & MC_FLAG_EXISTING) != 0) {
        // Says nothing new, unless an event was lost or came before
        // process_sample was enabled.
        if (sample.cpu_time_ns <= process.cpu_time.now && sample.min_flt <= process.min_flt.now &&
            sample.maj_flt <= process.maj_flt.now)
            return;
    }
    activate(index);
    process.flags |= sample.flags;
    // It was measured, if only to have moved nothing.
    if ((sample.flags & MC_FLAG_SOFT) != 0)
        process.common_flags &= sample.flags;
    process.cpu_time.raise(sample.cpu_time_ns);
    process.min_flt.raise(sample.min_flt);
    process.maj_flt.raise(sample.maj_flt);
    // Of the latest slot; CPUs that saw the process in the same one may
    // differ, then the larger, so that their order does not matter.
    if (!process.has_gauges || sample.slot_ns > process.gauge_slot ||
        (sample.slot_ns == process.gauge_slot && sample.rss_pages > process.rss_pages)) {
        process.has_gauges = true;
        process.gauge_slot = sample.slot_ns;
        process.rss_pages = sample.rss_pages;
        process.rss_anon_pages = sample.rss_anon_pages;
        process.rss_shmem_pages = sample.rss_shmem_pages;
        process.swap_pages = sample.swap_pages;
    }
}

void Model::process_extra(const ProcessKey &key, Extra which, std::uint64_t value)
{
    const std::uint32_t index = process_of(key);
    Process &process = table_[index];
    if (process.ended)
        return;
    if (!process.extra)
        process.extra = std::make_unique<ExtraCounts>();
    if (process.extra->tell(which, value, !open_) && open_)
        activate(index);
}

void Model::process_virtual(const ProcessKey &key, std::uint64_t pages)
{
    Process &process = table_[process_of(key)];
    process.virtual_pages = pages;
    process.has_virtual = true;
}

void Model::measure_extra(const ExtraSet &which)
{
    const ExtraSet fresh = which & ~extra_;
    extra_ = which;
    extra_ever_ |= which;
    if (fresh.any())
        table_.for_each([&fresh](std::uint32_t, Process &process) {
            if (process.extra)
                process.extra->restart(fresh);
        });
}

void Model::process_info(std::uint32_t, const mc_process_info &info)
{
    events_++;
    const std::uint32_t index = process_of({info.start_time_ns, info.pid});
    Process &process = table_[index];
    if (info.reason == MC_INFO_DUMP && !process.seen)
        process.in_dump = true;
    const bool moved = process.cgroup_id != info.cgroup_id;
    std::memcpy(process.comm, info.comm, sizeof(process.comm));
    process.ppid = info.ppid;
    process.cgroup_id = info.cgroup_id;
    if (options_.live)
        want(process, moved || info.reason == MC_INFO_EXEC || info.reason == MC_INFO_CGROUP);
}

void Model::oom(std::uint32_t, OomKill kill)
{
    events_++;
    if (kill.key.start_time_ns != 0 && options_.live)
        want(table_[process_of(kill.key)], true);
    machine_.oom(std::move(kill));
}

void Model::process_exit(std::uint32_t cpu_number, const mc_process_exit &exit)
{
    const When when = place(cpu_number, exit);
    if (when == When::kept)
        return;
    const std::uint32_t index = process_of({exit.start_time_ns, exit.pid});
    Process &process = table_[index];
    if (exit.comm[0] != '\0')
        std::memcpy(process.comm, exit.comm, sizeof(process.comm));
    if (when == When::baseline) {
        if (!process.seen)
            table_.remove(index);
        return;
    }
    if (process.ended)
        return;
    // Its last read in another domain may belong to a later slot: a CPU whose
    // tick is late labels the exit with the slot before.
    if (total_so_far(process) < exit.total_bytes)
        leaving_.push_back({process.key, exit.total_bytes, exit.slot_ns + remember_ended_ns});
    else
        process.exited = true;
    process.flags |= exit.flags;
    activate(index);
    if (process.counted || counts_from_zero(process) || (dump_complete_ && !process.in_dump)) {
        process.counted = true;
        process.cpu_time.raise(exit.cpu_time_ns);
        process.min_flt.raise(exit.min_flt);
        process.maj_flt.raise(exit.maj_flt);
    }
}

void Model::rmid_event(std::uint32_t, const mc_rmid_event &event)
{
    events_++;
    const std::uint32_t index = table_.find({event.start_time_ns, event.pid});
    if (index != no_index && table_[index].comm[0] == '\0')
        std::memcpy(table_[index].comm, event.comm, sizeof(event.comm));
}

void Model::tick(std::uint32_t cpu_number, const mc_tick &tick)
{
    Cpu &cpu = cpu_of(cpu_number);
    cpu.ticked = true;
    cpu.down = false;
    // More than one missed in a nanosecond is damage.
    if (!interval_known_ && cpu.missed_known && tick.slot_ns > cpu.slot && tick.missed >= cpu.missed &&
        tick.missed - cpu.missed < tick.slot_ns - cpu.slot) {
        // No state event has told the length of a slot.
        const std::uint64_t length = (tick.slot_ns - cpu.slot) / (1 + tick.missed - cpu.missed);
        if (!interval_guessed_ || length < slot_interval_)
            set_slot_interval(length);
        interval_guessed_ = true;
    }
    cpu.slot = std::max<std::uint64_t>(cpu.slot, tick.slot_ns);
    cpu.idle = (tick.flags & MC_FLAG_IDLE) != 0;
    ticked_ = true;
    lost_events_ += cpu.loss.tick(tick.events);
    count_missed(cpu_number, tick);
}

void Model::count_missed(std::uint32_t cpu_number, const mc_tick &tick)
{
    if (place(cpu_number, tick) == When::kept)
        return;
    Cpu &cpu = cpu_of(cpu_number);
    const std::uint64_t before = cpu.missed_known ? cpu.missed : started_seen_ ? 0 : tick.missed;
    if (open_ && tick.slot_ns > run_start_ && tick.missed > before)
        missed_ticks_ += tick.missed - before;
    // What it read was left by the tick before.
    if (open_ && tick.slot_ns > run_start_ && cpu.behind && cpu.complete < tick.slot_ns)
        lag_ns_ = std::max<std::uint64_t>(lag_ns_, tick.slot_ns - cpu.complete);
    cpu.behind = (tick.flags & MC_FLAG_DEFERRED) != 0;
    cpu.complete = tick.complete_ns;
    cpu.missed_known = true;
    cpu.missed = tick.missed;
}

void Model::state(std::uint32_t, const mc_state &state)
{
    if (state.abi_version != MC_ABI_VERSION)
        throw Error("the module speaks ABI version " + std::to_string(state.abi_version) +
                    ", this program version " + std::to_string(MC_ABI_VERSION) +
                    ": use the module and the program of one build");
    events_++;
    mode_ = state.mode;
    if (state.interval_ns != 0) {
        set_slot_interval(state.interval_ns);
        interval_known_ = true;
    }
    switch (state.what) {
    case MC_STATE_STARTED:
        if (open_) {
            // Sampling was stopped and started again: all counts begin anew.
            const std::uint64_t at = std::clamp<std::uint64_t>(state.slot_ns, start_, end_);
            // A damaged state may be of a time that has been reported.
            std::uint64_t next = std::max<std::uint64_t>(state.slot_ns, start_);
            if (at > start_ || !active_.empty()) {
                next = std::max(next, start_ + slot_interval_);
                close_at(std::min(std::max(at, start_ + slot_interval_), end_), "restarted");
            }
            restart();
            started_seen_ = true;
            begin(next);
            break;
        }
        started_seen_ = true;
        first_slot_ = std::min<std::uint64_t>(first_slot_, state.slot_ns);
        if (!options_.live)
            begin(state.slot_ns);
        break;
    case MC_STATE_STOPPED:
        notes_.push_back("stopped");
        break;
    case MC_STATE_CPU_UP:
        notes_.push_back("cpu_up");
        break;
    case MC_STATE_CPU_DOWN:
        notes_.push_back("cpu_down");
        if (state.arg < cpus_.size())
            cpus_[state.arg].down = true;
        break;
    case MC_STATE_RESCTRL_MOUNTED:
        notes_.push_back("resctrl_mounted");
        break;
    case MC_STATE_RESCTRL_LEFT:
        notes_.push_back("resctrl_left");
        break;
    case MC_STATE_DOMAIN_DOWN:
        notes_.push_back("domain_down");
        if (state.arg < domains_.size())
            domains_[state.arg].down = true;
        break;
    case MC_STATE_DUMP_BEGIN:
        dump_seen_ = true;
        dump_lost_ = all_lost_;
        break;
    case MC_STATE_DUMP_END:
        if (!open_ && dump_seen_) {
            dump_complete_ = all_lost_ == dump_lost_;
            // At once: what comes next may belong to the first interval.
            begin(state.slot_ns);
        }
        break;
    default:
        break;
    }
}

void Model::ring_lost(std::uint32_t cpu, std::uint64_t events, bool unknown)
{
    cpu_of(cpu).loss.ring_lost(events, unknown);
    all_lost_ += events + (unknown ? 1 : 0);
}

bool Model::awaits(std::uint32_t number, std::uint64_t slot) const
{
    if (number >= cpus_.size())
        return false;
    const Cpu &cpu = cpus_[number];
    return cpu.ticked && !cpu.idle && !cpu.down && cpu.slot < slot;
}

bool Model::complete() const
{
    for (const Cpu &cpu : cpus_)
        if (cpu.ticked && !cpu.idle && !cpu.down && cpu.slot < end_)
            return false;
    if (mode_ != MC_MODE_RDT)
        return true;
    for (const Domain &domain : domains_) {
        if (!domain.present || domain.down || domain.newest >= end_)
            continue;
        for (const Cpu &cpu : cpus_)
            if (cpu.domain == domain.number && cpu.ticked && !cpu.idle && !cpu.down)
                return false;
    }
    return true;
}

} // namespace memory_collector
