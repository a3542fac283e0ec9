// SPDX-License-Identifier: GPL-2.0-only
//
// From events to rows. The model is fed the events of all CPUs (in the order
// of the merger, see source/merger.h) and is told when to close an interval.
//
// An interval (start, end] takes the samples with start < slot <= end,
// whenever they arrive: what is ahead of the open interval is kept back, what
// is older than it (its interval was closed without it) is charged to it, so
// that nothing is lost. Counts are cumulative, so of each series only the
// largest matters, and the CPUs' order does not.
#pragma once

#include "model/extra.h"
#include "model/loss.h"
#include "model/machine_rows.h"
#include "model/process_table.h"
#include "model/rows.h"

#include <memory_collector/abi.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <variant>
#include <vector>

namespace memory_collector {

struct ModelOptions {
    std::uint64_t interval_ns = 1'000'000'000;
    // Of the machine that was measured, to turn pages into bytes.
    std::uint64_t page_size = 4096;
    std::string source = "module";
    // Live: the run begins with the end of the dump, or when begin() is
    // called. Otherwise it begins with the first slot.
    bool live = false;
};

class Model {
public:
    Model(ModelOptions options, Sink &sink);

    void rdt_sample(std::uint32_t cpu, const mc_rdt_sample &sample);
    // Takes a sample of the usual kind: in the open interval, of a process
    // whose RMID is known, read by its CPU's tick. Of any other it takes
    // nothing and returns false; that is for rdt_sample(). `since` is
    // sampled_since() of the CPU. The caller counts: see took().
    // In model/quick_sample.h.
    bool quick_sample(std::uint64_t since, const mc_rdt_sample &sample);
    // Samples that quick_sample() took.
    void took(std::uint64_t samples) { events_ += samples; }
    // The slot of a CPU's last tick; 0 if it has not ticked, no_slot if it was
    // idle then.
    std::uint64_t sampled_since(std::uint32_t cpu)
    {
        const Cpu &here = cpu_of(cpu);
        return here.idle ? no_slot : here.ticked ? here.slot : 0;
    }
    void domain_sample(std::uint32_t cpu, const mc_domain_sample &sample);
    void soft_sample(std::uint32_t cpu, const mc_soft_sample &sample);
    void process_sample(std::uint32_t cpu, const mc_process_sample &sample);
    // Its address space, with or without memory behind it; of a process that was sampled.
    void process_virtual(const ProcessKey &key, std::uint64_t pages);
    // Of a process, now: a count over its life, as of the beginning of the measurement, a level or a
    // peak. Before begin() it is where counts begin.
    void process_extra(const ProcessKey &key, Extra which, std::uint64_t value);
    // A row of its own, once the report has begun.
    void fault(const FaultRow &row)
    {
        if (open_)
            sink_.fault(row);
    }
    // From now on these are measured; of others rows have nulls. Counts of those that are new begin
    // at 0 again.
    void measure_extra(const ExtraSet &which);
    // For the rows of the open interval. What is told before begin() is where counts begin.
    void oom(std::uint32_t cpu, OomKill kill);
    void reclaim(const ReclaimCounts &counts) { machine_.reclaim(counts); }
    void self(SelfUse use) { machine_.self(std::move(use)); }
    // What happened to the machine or to the measurement; a constant text.
    void note(std::string_view what) { notes_.push_back(what); }
    void process_info(std::uint32_t cpu, const mc_process_info &info);
    void process_exit(std::uint32_t cpu, const mc_process_exit &exit);
    void rmid_event(std::uint32_t cpu, const mc_rmid_event &event);
    void tick(std::uint32_t cpu, const mc_tick &tick);
    void state(std::uint32_t cpu, const mc_state &state);
    // Events of this CPU that were read, a tick's own before the tick.
    void note_read(std::uint32_t cpu, std::uint64_t events) { cpu_of(cpu).loss.read(events); }
    // The ring dropped events of this CPU before what comes next.
    void ring_lost(std::uint32_t cpu, std::uint64_t events, bool unknown);
    // Another system's event lies in this CPU's ring.
    void foreign(std::uint32_t cpu) { cpu_of(cpu).foreign = true; }
    // An event that cannot be true was dropped.
    void malformed() { malformed_++; }

    // Sampling began with what is fed: all counts begin at 0.
    void assume_from_start() { started_seen_ = true; }
    // Of a source that has no state events: how long a slot is, and its mode.
    void sampled_every(std::uint64_t interval_ns, std::uint32_t mode)
    {
        set_slot_interval(interval_ns);
        interval_known_ = true;
        mode_ = mode;
    }
    // Intervals are so long from the open one on, and end at multiples of that.
    void set_interval(std::uint64_t ns);
    // Begins the run, or goes on after suspend(): samples up to slot are
    // baselines.
    void begin(std::uint64_t slot);
    bool is_open() const { return open_; }
    std::uint64_t interval_start() const { return start_; }
    std::uint64_t interval_end() const { return end_; }

    // So far ahead of the open interval that it is damage and not the future.
    bool beyond(std::uint64_t slot) const
    {
        return slot > end_ && (slot - end_) / options_.interval_ns > most_intervals_ahead;
    }
    // Every domain in use has told how it stood at the end of the interval.
    bool complete() const;
    // Closes the open interval at its end and opens the next.
    void close();
    // Closes the open interval before its end.
    void suspend(std::uint64_t end, std::string_view reason);
    // Closes what is open, and emits the totals and the loss rows.
    void finish(std::uint64_t end, std::string_view reason);

    // A CPU that may still tick for `slot`: neither idle nor gone, last seen
    // before.
    bool awaits(std::uint32_t cpu, std::uint64_t slot) const;

    bool ticked() const { return ticked_; }
    std::uint64_t last_slot() const { return last_slot_; }
    // How far back the module's ticks are at this time: what ran until then and
    // they have not told yet began so long ago. 0 if they have told all.
    std::uint64_t behind_at(std::uint64_t now) const;
    std::uint64_t slot_interval() const { return slot_interval_; }
    std::uint64_t malformed_events() const { return malformed_; }
    std::size_t live_processes() const { return table_.size(); }
    // Loss of every CPU agrees with the ring's count; else which does not.
    std::vector<std::string> loss_mismatches() const;

    // Processes whose /proc entry should be read, oldest wish first.
    std::vector<ProcessKey> take_wanted(std::size_t at_most);
    void set_details(const ProcessKey &key, ProcessDetails details);
    // Looks at some processes, others each time, and ends those for which
    // gone(key) holds and nothing came for a second after: their exit was lost.
    template <typename Gone> void reap(std::size_t at_most, Gone &&gone)
    {
        table_.scan(reap_at_, at_most, [&](std::uint32_t index, Process &process) {
            if (process.ended || process.exited || process.active + 2 > interval_number_)
                return;
            if (process.gone_slot != 0) {
                if (last_slot_ > process.gone_slot + remember_ended_ns) {
                    process.exited = true;
                    activate(index);
                }
            } else if (gone(process.key)) {
                // What it did last may still be unread.
                process.gone_slot = last_slot_;
            }
        });
    }

private:
    // An ended process is remembered this long, for events that arrive late;
    // without it, a late one would look like a new process with an old count.
    static constexpr std::uint64_t remember_ended_ns = 1'000'000'000;

    static constexpr std::uint64_t no_slot = ~std::uint64_t{0};

    // A machine is not silent for so many intervals.
    static constexpr std::uint64_t most_intervals_ahead = 100'000;

    struct Domain {
        std::uint32_t number = 0;
        bool present = false;
        bool down = false;
        bool has_total = false;
        bool has_local = false;
        std::uint64_t slot = 0;
        std::uint64_t newest = 0; // kept-back samples included
        Count total;
        Count local;
        Count unattributed;
        std::uint64_t charged = 0; // to processes, in the interval being closed
    };
    // A CPU's soft RMID: all processes that had none of their own there.
    struct Soft {
        bool present = false;
        std::uint32_t domain = no_index;
        Count total;
        Count local;
        Occupancy occupancy;
        std::uint32_t flags = 0;
    };
    struct Cpu {
        bool seen = false;
        bool ticked = false;
        bool idle = false;
        bool down = false;
        bool foreign = false;
        bool missed_known = false;
        std::uint32_t domain = no_index;
        bool behind = false;
        std::uint64_t slot = 0;
        // What ran on it before this slot has been read.
        std::uint64_t complete = 0;
        std::uint64_t missed = 0;
        Soft soft;
        LossAccount loss;
    };
    struct Kept {
        std::uint32_t cpu;
        std::variant<mc_rdt_sample, mc_domain_sample, mc_soft_sample, mc_process_sample, mc_process_exit,
                     mc_tick>
            event;
    };
    enum class When : std::uint8_t { now, baseline, kept };

    // Where in time an event belongs; keeps it back if it is ahead.
    template <typename Event> When place(std::uint32_t cpu, const Event &event);
    template <typename Event> When place_slow(std::uint32_t cpu, const Event &event);
    // Up to which slot everything has been read by CPUs that are behind, and this one.
    std::uint64_t read_up_to(std::uint32_t cpu);
    // The part of a tick that belongs to its interval.
    void count_missed(std::uint32_t cpu, const mc_tick &tick);
    Cpu &cpu_of(std::uint32_t cpu)
    {
        if (cpu >= cpus_.size()) [[unlikely]]
            add_cpu(cpu);
        return cpus_[cpu];
    }
    void add_cpu(std::uint32_t cpu);
    void take(std::uint64_t since, Process &process, ProcessDomain &entry, const mc_rdt_sample &sample);
    // 1 over the time in which a sample's bytes were moved, in seconds.
    double per_second(std::uint64_t since, std::uint64_t last_slot, std::uint64_t slot) const;
    Domain &domain_of(std::uint32_t number);
    std::uint32_t process_of(const ProcessKey &key)
    {
        const std::uint32_t known = table_.find(key);
        return known != no_index ? known : add_process(key);
    }
    std::uint32_t add_process(const ProcessKey &key);
    [[gnu::always_inline]] void activate(std::uint32_t index)
    {
        Process &process = table_[index];
        if (process.active == interval_number_) [[likely]]
            return;
        process.active = interval_number_;
        active_.push_back(index);
    }
    void want(Process &process, bool again);
    bool counts_from_zero(const Process &process) const
    {
        return started_seen_ || process.key.start_time_ns >= first_slot_;
    }
    void set_slot_interval(std::uint64_t ns)
    {
        slot_interval_ = std::max<std::uint64_t>(ns, 1);
        per_slot_ = 1e9 / static_cast<double>(slot_interval_);
    }
    void restart();
    void close_at(std::uint64_t end, Text reason);
    void emit_process(std::uint32_t index, std::uint64_t end);
    void emit_total(std::uint32_t index);
    void emit_soft(std::uint64_t end);
    template <typename Row> static void fill_identity(Row &row, const Process &process);
    void emit_machine(std::uint64_t end);
    void end_processes(std::uint64_t end);
    // Lets those go whose last bytes have come, or did not within a second.
    void end_leaving(std::uint64_t end);
    std::uint64_t total_so_far(const Process &process);
    void replay();

    ModelOptions options_;
    Sink &sink_;
    ProcessTable table_;
    std::vector<Domain> domains_;
    std::vector<Cpu> cpus_;
    std::vector<std::uint32_t> active_;
    std::vector<Kept> kept_;
    struct Retired {
        ProcessKey key;
        std::uint64_t when;
    };
    // Exited with more bytes than were read yet.
    struct Leaving {
        ProcessKey key;
        std::uint64_t total_bytes;
        std::uint64_t when;
    };
    std::vector<Leaving> leaving_;
    std::deque<Retired> retired_;
    std::deque<Retired> superseded_;
    std::deque<ProcessKey> wanted_;
    List notes_;
    MachineRows machine_;
    ExtraSet extra_;
    ExtraSet extra_ever_;

    bool open_ = false;
    bool started_seen_ = false;
    bool dump_seen_ = false;
    bool dump_complete_ = false;
    bool ticked_ = false;
    std::uint32_t mode_ = MC_MODE_RDT;
    std::uint64_t run_start_ = 0;
    std::uint64_t start_ = 0;
    std::uint64_t end_ = 0;
    std::uint64_t first_slot_ = ~std::uint64_t{0};
    std::uint64_t last_slot_ = 0;
    std::uint64_t slot_interval_ = 1'000'000;
    bool interval_known_ = false;
    bool interval_guessed_ = false;
    double per_slot_ = 1e3;
    // Counts the intervals; a process is active if it carries this number.
    std::uint64_t interval_number_ = 1;
    std::uint64_t events_ = 0;
    std::uint64_t missed_ticks_ = 0;
    std::uint64_t lag_ns_ = 0;
    std::uint64_t lost_events_ = 0;
    std::uint64_t malformed_ = 0;
    std::uint64_t dump_lost_ = 0;
    std::uint64_t all_lost_ = 0;
    std::size_t reap_at_ = 0;
};

} // namespace memory_collector
