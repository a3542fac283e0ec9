// SPDX-License-Identifier: GPL-2.0-only
//
// The model's intervals: where they begin and end, and the rows they make.
#include "model/model.h"

#include "support/error.h"

#include <algorithm>
#include <limits>
#include <string>
#include <type_traits>
#include <utility>

namespace memory_collector {

namespace {

struct FlagName {
    std::uint32_t flag;
    std::string_view name;
};

constexpr FlagName flag_names[] = {
    {MC_FLAG_WARM, "warm"},
    {MC_FLAG_ERROR, "error"},
    {MC_FLAG_UNAVAILABLE, "unavailable"},
    {MC_FLAG_NO_TOTAL, "no_total"},
    {MC_FLAG_NO_LOCAL, "no_local"},
    {MC_FLAG_NO_OCCUPANCY, "no_occupancy"},
    {MC_FLAG_NO_RMID, "no_rmid"},
    {MC_FLAG_SOFTWARE, "software"},
    {MC_FLAG_LIST_OVERFLOW, "list_overflow"},
    {MC_FLAG_KERNEL_THREADS, "kernel_threads"},
    {MC_FLAG_TABLE_FULL, "table_full"},
    {MC_FLAG_SOFT, "soft"},
};

void name_flags(std::uint32_t flags, bool exited, List &names)
{
    for (const FlagName &entry : flag_names)
        if ((flags & entry.flag) != 0)
            names.push_back(entry.name);
    if (exited)
        names.push_back("exited");
}

// What a group knows of by the programs' own list of live pieces, which is bounded and misses frees.
void name_approximate(const ExtraValues &values, List &names)
{
    for (const Extra held :
         {Extra::kmem_kmalloc_held_bytes, Extra::kmem_cache_held_bytes, Extra::kmem_page_held_bytes,
          Extra::kmem_vmalloc_held_bytes, Extra::kmem_percpu_held_bytes})
        if (values[static_cast<std::size_t>(held)]) {
            names.emplace_back("held_approximate");
            return;
        }
}

std::int64_t difference(std::uint64_t a, std::uint64_t b)
{
    return static_cast<std::int64_t>(a - b);
}

// Nothing was told of a process: it did none of what is counted.
void zero_counts(ExtraValues &values, const ExtraSet &measured)
{
    for (std::size_t i = 0; i < extra_count; i++)
        if (measured[i] && extra_columns[i].kind == ExtraKind::count)
            values[i] = 0;
}

} // namespace

void Model::begin(std::uint64_t slot)
{
    // Ends of intervals are reckoned from it.
    if (slot > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max()))
        throw Error("the first sample is of " + std::to_string(slot) +
                    " ns, centuries after any boot: what was read is damaged; record it anew");
    open_ = true;
    run_start_ = start_ = slot;
    end_ = (slot / options_.interval_ns + 1) * options_.interval_ns;
    first_slot_ = std::min(first_slot_, slot);
    last_slot_ = std::max(last_slot_, slot);
    // What was read so far only told where counts begin.
    events_ = 0;
    lost_events_ = 0;
    missed_ticks_ = 0;
    lag_ns_ = 0;
    machine_.begin();
}

void Model::close()
{
    close_at(end_, {});
    replay();
}

void Model::set_interval(std::uint64_t ns)
{
    options_.interval_ns = ns;
    end_ = (start_ / ns + 1) * ns;
    // What was kept for the next interval may be of this one now.
    replay();
}

std::uint64_t Model::total_so_far(const Process &process)
{
    std::uint64_t bytes = 0;
    table_.for_each_domain(process, [&](const ProcessDomain &entry) { bytes += entry.total.now; });
    return bytes;
}

void Model::end_leaving(std::uint64_t end)
{
    std::erase_if(leaving_, [&](const Leaving &leaving) {
        const std::uint32_t index = table_.find(leaving.key);
        if (index == no_index || table_[index].ended)
            return true;
        if (leaving.when > end && total_so_far(table_[index]) < leaving.total_bytes)
            return false;
        table_[index].exited = true;
        activate(index);
        return true;
    });
}

void Model::close_at(std::uint64_t end, Text reason)
{
    end_leaving(end);
    while (!superseded_.empty() && superseded_.front().when <= end) {
        const std::uint32_t index = table_.find(superseded_.front().key);
        superseded_.pop_front();
        if (index == no_index || table_[index].ended || table_[index].exited)
            continue;
        if (!table_[index].seen && table_[index].active != interval_number_) {
            table_.remove(index);
            continue;
        }
        table_[index].exited = true;
        activate(index);
    }
    std::sort(active_.begin(), active_.end(), [this](std::uint32_t a, std::uint32_t b) {
        const ProcessKey &left = table_[a].key;
        const ProcessKey &right = table_[b].key;
        return std::pair{left.pid, left.start_time_ns} < std::pair{right.pid, right.start_time_ns};
    });
    for (const std::uint32_t index : active_)
        emit_process(index, end);

    for (Domain &domain : domains_) {
        const std::uint64_t charged = std::exchange(domain.charged, 0);
        if (!domain.present)
            continue;
        // An end before its time finds slots that the domain has not closed:
        // it moved at least what is known of them.
        if (reason && domain.slot < end && lost_events_ == 0)
            domain.total.raise(domain.total.before + charged + domain.unattributed.delta());
        DomainRow row;
        row.start_ns = start_;
        row.end_ns = end;
        row.domain = domain.number;
        // While resctrl has the RMIDs nobody reads them: nothing is known, not 0.
        const bool measured = mode_ == MC_MODE_RDT || domain.total.delta() != 0 || domain.local.delta() != 0;
        if (domain.has_total && measured) {
            row.total_bytes = domain.total.delta();
            row.unattributed_bytes = difference(domain.total.delta(), charged);
            // A damaged recording may say more than is signed: no sum of signed figures.
            row.lost_bytes = difference(domain.total.delta() - charged, domain.unattributed.delta());
        }
        if (domain.has_local && measured)
            row.local_bytes = domain.local.delta();
        domain.total.close();
        domain.local.close();
        domain.unattributed.close();
        sink_.domain(row);
    }

    emit_soft(end);
    emit_machine(end);

    IntervalRow row;
    row.start_ns = start_;
    row.end_ns = end;
    row.slots = end / slot_interval_ - start_ / slot_interval_;
    row.missed_ticks = std::exchange(missed_ticks_, 0);
    row.lag_ns = std::exchange(lag_ns_, 0);
    row.events = std::exchange(events_, 0);
    row.lost_events = std::exchange(lost_events_, 0);
    row.source = options_.source;
    row.notes = std::exchange(notes_, {});
    row.reason = reason;
    sink_.interval(row);

    end_processes(end);
    if (options_.live)
        sink_.flush();
    start_ = end;
    end_ = (end / options_.interval_ns + 1) * options_.interval_ns;
}

void Model::replay()
{
    if (kept_.empty())
        return;
    std::vector<Kept> kept;
    kept.reserve(1024);
    kept.swap(kept_);
    for (const Kept &entry : kept) {
        std::visit(
            [&](const auto &event) {
                using Event = std::decay_t<decltype(event)>;
                if constexpr (std::is_same_v<Event, mc_rdt_sample>) {
                    rdt_sample(entry.cpu, event);
                } else if constexpr (std::is_same_v<Event, mc_domain_sample>) {
                    // Its CPU is known, and may have moved on.
                    domain_sample(entry.cpu, event);
                } else if constexpr (std::is_same_v<Event, mc_soft_sample>) {
                    soft_sample(entry.cpu, event);
                } else if constexpr (std::is_same_v<Event, mc_process_sample>) {
                    process_sample(entry.cpu, event);
                } else if constexpr (std::is_same_v<Event, mc_process_exit>) {
                    process_exit(entry.cpu, event);
                } else {
                    count_missed(entry.cpu, event);
                }
            },
            entry.event);
    }
}

void Model::suspend(std::uint64_t end, std::string_view reason)
{
    if (!open_)
        return;
    while (!kept_.empty() && end > end_)
        close();
    // Right after an interval's end: it was open for some part of a slot.
    close_at(std::clamp(std::max(end, start_ + slot_interval_), start_, end_), reason);
    restart();
}

void Model::restart()
{
    kept_.clear();
    // The counts that they waited for are gone with the module.
    for (Leaving &leaving : leaving_)
        leaving.total_bytes = 0;
    open_ = false;
    start_ = end_ = 0;
    started_seen_ = false;
    dump_seen_ = false;
    dump_complete_ = false;
    ticked_ = false;
    first_slot_ = ~std::uint64_t{0};
    // The module's counts begin again at 0.
    table_.for_each([this](std::uint32_t, Process &process) {
        process.cpu_time.start_at(0);
        process.min_flt.start_at(0);
        process.maj_flt.start_at(0);
        process.in_dump = false;
        table_.for_each_domain(process, [](ProcessDomain &entry) {
            entry.total.start_at(0);
            entry.local.start_at(0);
            entry.last_slot = 0;
        });
    });
    domains_.clear();
    for (Cpu &cpu : cpus_) {
        cpu.loss.restart();
        cpu.ticked = false;
        cpu.idle = false;
        cpu.down = false;
        cpu.missed_known = false;
        cpu.slot = 0;
        cpu.soft = Soft{};
    }
}

void Model::finish(std::uint64_t end, std::string_view reason)
{
    if (open_) {
        // What was kept back belongs to intervals after the open one.
        while (!kept_.empty())
            close();
        const std::uint64_t at = std::clamp(std::max(end, last_slot_), start_, end_);
        if (at == end_)
            close_at(at, {});
        else if (at > start_ || !active_.empty())
            close_at(at, reason);
        open_ = false;
    }
    for (const Leaving &leaving : leaving_)
        if (const std::uint32_t index = table_.find(leaving.key); index != no_index)
            table_[index].exited = true;
    std::vector<std::uint32_t> left;
    table_.for_each([&](std::uint32_t index, const Process &process) {
        if (process.seen && !process.ended)
            left.push_back(index);
    });
    std::sort(left.begin(), left.end(), [this](std::uint32_t a, std::uint32_t b) {
        const ProcessKey &x = table_[a].key;
        const ProcessKey &y = table_[b].key;
        return std::pair{x.pid, x.start_time_ns} < std::pair{y.pid, y.start_time_ns};
    });
    for (const std::uint32_t index : left)
        emit_total(index);
    for (std::uint32_t i = 0; i < cpus_.size(); i++) {
        const LossAccount &loss = cpus_[i].loss;
        if (!cpus_[i].ticked && loss.emitted() == 0)
            continue;
        LossRow row;
        row.cpu = i;
        row.emitted = loss.emitted();
        row.read = loss.read_events();
        row.lost = loss.lost();
        if (loss.overrun_known())
            row.ring_overrun = loss.overrun();
        sink_.loss(row);
    }
    sink_.finish();
}

template <typename Row> void Model::fill_identity(Row &row, const Process &process)
{
    row.pid = process.key.pid;
    row.start_time_ns = process.key.start_time_ns;
    // An event's own name is newer: a process may have changed it since it was looked at.
    if (!row.comm && process.comm[0] != '\0')
        row.comm = process.comm_text();
    if (process.details) {
        row.cmdline = text_or_null(process.details->cmdline);
        row.cgroup = text_or_null(process.details->cgroup);
        if constexpr (requires { row.memory_cgroup; })
            row.memory_cgroup = text_or_null(process.details->memory_cgroup);
        row.container = text_or_null(process.details->container);
        row.container_name = text_or_null(process.details->container_name);
        row.container_runtime = text_or_null(process.details->container_runtime);
        row.pod = text_or_null(process.details->pod);
        row.unit = text_or_null(process.details->unit);
        if (process.details->ns_pid != 0)
            row.ns_pid = process.details->ns_pid;
    }
}

void Model::emit_machine(std::uint64_t end)
{
    machine_.emit_kills(options_.page_size, sink_, [this](OomRow &row, const OomKill &kill) {
        if (const std::uint32_t index = table_.find(kill.key); index != no_index)
            fill_identity(row, table_[index]);
    });
    machine_.emit_rest(start_, end, sink_);
}

void Model::emit_process(std::uint32_t index, std::uint64_t end)
{
    Process &process = table_[index];
    ProcessRow row;
    row.start_ns = start_;
    row.end_ns = end;
    fill_identity(row, process);
    if (process.counted) {
        row.cpu_time_ns = process.cpu_time.delta();
        row.min_flt = process.min_flt.delta();
        row.maj_flt = process.maj_flt.delta();
        process.life_counted = true;
    }
    if (process.has_gauges) {
        const std::uint64_t page = options_.page_size;
        const std::uint64_t mapped = process.rss_anon_pages + process.rss_shmem_pages;
        row.rss_bytes = process.rss_pages * page;
        row.rss_anon_bytes = process.rss_anon_pages * page;
        row.rss_shmem_bytes = process.rss_shmem_pages * page;
        // The parts are read one after the other and may not add up.
        row.rss_file_bytes = (process.rss_pages > mapped ? process.rss_pages - mapped : 0) * page;
        row.swap_bytes = process.swap_pages * page;
        process.life_gauges = true;
    }

    std::uint64_t total = 0;
    std::uint64_t local = 0;
    std::uint64_t llc_mean = 0;
    std::uint64_t llc_max = 0;
    bool llc = false;
    table_.for_each_domain(process, [&](ProcessDomain &entry) {
        total += entry.total.delta();
        local += entry.local.delta();
        if (entry.domain < domains_.size())
            domains_[entry.domain].charged += entry.total.delta();
        entry.total.close();
        entry.local.close();
        if (entry.occupancy.samples != 0) {
            llc = true;
            llc_mean += entry.occupancy.sum / entry.occupancy.samples;
            llc_max += entry.occupancy.max;
            entry.occupancy_life.add(entry.occupancy);
            entry.occupancy = Occupancy{};
        }
    });
    // Known in RDT mode also of a process that moved nothing, once it was
    // measured at all.
    const bool measured = mode_ == MC_MODE_RDT && (process.flags & MC_FLAG_NO_RMID) == 0;
    const bool has_total = (process.common_flags & MC_FLAG_NO_TOTAL) == 0;
    const bool has_local = (process.common_flags & MC_FLAG_NO_LOCAL) == 0;
    if (has_total || (measured && process.life_total)) {
        row.total_bytes = total;
        row.peak_bytes_per_s = process.peak;
        process.life_total = true;
    }
    if (has_local || (measured && process.life_local)) {
        row.local_bytes = local;
        process.life_local = true;
    }
    if (row.total_bytes && row.local_bytes)
        row.remote_bytes = total > local ? total - local : 0;
    if (llc) {
        row.llc_bytes_mean = llc_mean;
        row.llc_bytes_max = llc_max;
    }
    if (process.extra)
        process.extra->close(row.extra, extra_);
    else
        zero_counts(row.extra, extra_);
    if (process.has_gauges && process.has_virtual)
        row.extra[static_cast<std::size_t>(Extra::virtual_bytes)] =
            process.virtual_pages * options_.page_size;
    name_flags(process.flags, process.exited, row.flags);
    name_approximate(row.extra, row.flags);

    process.cpu_time.close();
    process.min_flt.close();
    process.maj_flt.close();
    if (!process.seen)
        process.first_ns = start_;
    process.seen = true;
    process.last_ns = end;
    process.life_flags |= process.flags;
    process.life_peak = std::max(process.life_peak, process.peak);
    process.flags = 0;
    process.peak = 0;
    process.common_flags = ~0u;
    process.has_gauges = false;
    sink_.process(row);
}

void Model::emit_soft(std::uint64_t end)
{
    for (const Domain &domain : domains_) {
        SoftRow row;
        row.start_ns = start_;
        row.end_ns = end;
        row.domain = domain.number;
        for (Cpu &cpu : cpus_) {
            Soft &soft = cpu.soft;
            if (soft.flags == 0 || soft.domain != domain.number)
                continue;
            row.cpus++;
            row.total_bytes += soft.total.delta();
            row.local_bytes += soft.local.delta();
            if (soft.occupancy.samples != 0) {
                row.llc_bytes_mean =
                    row.llc_bytes_mean.value_or(0) + soft.occupancy.sum / soft.occupancy.samples;
                row.llc_bytes_max = row.llc_bytes_max.value_or(0) + soft.occupancy.max;
            }
            soft.total.close();
            soft.local.close();
            soft.occupancy = Occupancy{};
            soft.flags = 0;
        }
        if (row.cpus == 0)
            continue;
        name_flags(MC_FLAG_SOFT, false, row.flags);
        sink_.soft(row);
    }
}

void Model::emit_total(std::uint32_t index)
{
    Process &process = table_[index];
    ProcessRow row;
    row.type = RowType::process_total;
    row.start_ns = process.first_ns;
    row.end_ns = process.last_ns;
    fill_identity(row, process);
    if (process.life_counted) {
        row.cpu_time_ns = process.cpu_time.life;
        row.min_flt = process.min_flt.life;
        row.maj_flt = process.maj_flt.life;
    }
    if (process.life_gauges) {
        const std::uint64_t page = options_.page_size;
        const std::uint64_t mapped = process.rss_anon_pages + process.rss_shmem_pages;
        row.rss_bytes = process.rss_pages * page;
        row.rss_anon_bytes = process.rss_anon_pages * page;
        row.rss_shmem_bytes = process.rss_shmem_pages * page;
        row.rss_file_bytes = (process.rss_pages > mapped ? process.rss_pages - mapped : 0) * page;
        row.swap_bytes = process.swap_pages * page;
    }
    std::uint64_t total = 0;
    std::uint64_t local = 0;
    std::uint64_t llc_mean = 0;
    std::uint64_t llc_max = 0;
    bool llc = false;
    table_.for_each_domain(process, [&](ProcessDomain &entry) {
        total += entry.total.life;
        local += entry.local.life;
        if (entry.occupancy_life.samples != 0) {
            llc = true;
            llc_mean += entry.occupancy_life.sum / entry.occupancy_life.samples;
            llc_max += entry.occupancy_life.max;
        }
    });
    if (process.life_total) {
        row.total_bytes = total;
        row.peak_bytes_per_s = process.life_peak;
    }
    if (process.life_local)
        row.local_bytes = local;
    if (row.total_bytes && row.local_bytes)
        row.remote_bytes = total > local ? total - local : 0;
    if (llc) {
        row.llc_bytes_mean = llc_mean;
        row.llc_bytes_max = llc_max;
    }
    if (process.extra)
        process.extra->total(row.extra, extra_ever_);
    else
        zero_counts(row.extra, extra_ever_);
    if (process.life_gauges && process.has_virtual)
        row.extra[static_cast<std::size_t>(Extra::virtual_bytes)] =
            process.virtual_pages * options_.page_size;
    name_flags(process.life_flags, process.exited || process.ended, row.flags);
    name_approximate(row.extra, row.flags);
    sink_.process(row);
}

void Model::end_processes(std::uint64_t end)
{
    for (const std::uint32_t index : active_) {
        Process &process = table_[index];
        if (!process.exited || process.ended)
            continue;
        emit_total(index);
        process.ended = true;
        process.exited = false;
        process.details.reset();
        retired_.push_back({process.key, end + remember_ended_ns});
    }
    active_.clear();
    interval_number_++;
    while (!retired_.empty() && retired_.front().when <= end) {
        const std::uint32_t index = table_.find(retired_.front().key);
        if (index != no_index)
            table_.remove(index);
        retired_.pop_front();
    }
}

std::vector<std::string> Model::loss_mismatches() const
{
    std::vector<std::string> texts;
    for (std::size_t i = 0; i < cpus_.size(); i++) {
        const LossAccount &loss = cpus_[i].loss;
        if (!loss.exact(!cpus_[i].foreign))
            texts.push_back("CPU " + std::to_string(i) + ": emitted " + std::to_string(loss.emitted()) +
                            ", read " + std::to_string(loss.read_events()) + ", lost " +
                            std::to_string(loss.lost()) + ", the ring says " +
                            std::to_string(loss.overrun()) + " lost");
    }
    return texts;
}

void Model::want(Process &process, bool again)
{
    // A fork storm must not turn into a storm of reads in /proc.
    constexpr std::size_t most_wishes = 4096;
    if ((process.details != nullptr && !again) || process.ended || wanted_.size() >= most_wishes)
        return;
    wanted_.push_back(process.key);
}

std::vector<ProcessKey> Model::take_wanted(std::size_t at_most)
{
    std::vector<ProcessKey> keys;
    while (!wanted_.empty() && keys.size() < at_most) {
        keys.push_back(wanted_.front());
        wanted_.pop_front();
    }
    return keys;
}

void Model::set_details(const ProcessKey &key, ProcessDetails details)
{
    const std::uint32_t index = table_.find(key);
    if (index != no_index && !table_[index].ended)
        table_[index].details = std::make_unique<ProcessDetails>(std::move(details));
}

} // namespace memory_collector
