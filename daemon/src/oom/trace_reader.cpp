// SPDX-License-Identifier: GPL-2.0-only
#include "oom/trace_reader.h"

#include "oom/trace_format.h"
#include "support/error.h"
#include "support/words.h"

#include <algorithm>
#include <limits>
#include <type_traits>

namespace memory_collector::oom {

namespace {

constexpr std::uint64_t most_us = std::numeric_limits<std::int64_t>::max() / 1000;

} // namespace

void TraceReader::refuse(const std::string &cause) const
{
    throw Error("'" + name_ + "' line " + std::to_string(line_number_) + ": " + cause +
                "; give what memory-collector oom --record wrote");
}

void TraceReader::refuse_field(std::string_view field, const std::string &what) const
{
    refuse("'" + std::string{field.substr(0, 40)} + "' is no " + what);
}

bool TraceReader::next_line()
{
    if (held_) {
        held_ = false;
        return true;
    }
    if (!std::getline(input_, text_))
        return false;
    line_number_++;
    if (input_.eof()) {
        torn_ = true;
        return false;
    }
    rest_ = text_;
    return true;
}

std::string_view TraceReader::take()
{
    const std::size_t end = std::min(rest_.find(','), rest_.size());
    const std::string_view field = rest_.substr(0, end);
    rest_.remove_prefix(std::min(end + 1, rest_.size()));
    return field;
}

std::uint64_t TraceReader::number(const char *what)
{
    const std::string_view field = take();
    const auto value = whole<std::uint64_t>(field);
    if (!value)
        refuse_field(field, what);
    return *value;
}

std::uint64_t TraceReader::time(Observer &observer)
{
    const std::uint64_t us = number("time");
    if (us > most_us - header_.start_ns / 1000)
        refuse("a time beyond all bounds");
    const std::uint64_t ns = header_.start_ns + us * 1000;
    if (ns < last_time_ns_)
        refuse("time runs backwards");
    if (in_round_ && ns != last_time_ns_)
        observer.round_ended(last_time_ns_);
    in_round_ = true;
    last_time_ns_ = ns;
    return ns;
}

TargetId TraceReader::target(bool must_be_known)
{
    const std::uint64_t id = number("target");
    if (id > std::numeric_limits<TargetId>::max())
        refuse("a target's number is too great");
    if (must_be_known && !last_.contains(static_cast<TargetId>(id)))
        refuse("target " + std::to_string(id) + " was not introduced by a T line");
    return static_cast<TargetId>(id);
}

TraceReader::TraceReader(std::istream &input, std::string name) : input_(input), name_(std::move(name))
{
    if (!next_line() || take() != trace_magic)
        refuse("this is no recording");
    if (const std::uint64_t version = number("version"); version != trace_version)
        refuse("version " + std::to_string(version) + " is not known here, which is version " +
               std::to_string(trace_version));
    while (next_line()) {
        const std::string_view before = rest_;
        const std::string_view key = take();
        if (key == "interval_us" || key == "start_us") {
            const std::uint64_t us = number("time");
            if (us > most_us)
                refuse("a time beyond all bounds");
            (key == "start_us" ? header_.start_ns : header_.interval_ns) = us * 1000;
        } else if (key == "page_size") {
            header_.page_size = number("size");
        } else if (key == "kernel") {
            header_.kernel = unescaped(rest_);
        } else if (key == "columns") {
            columns();
        } else if (key.size() == 1) {
            rest_ = before;
            held_ = true;
            break;
        }
        // Others are of a newer writer.
    }
    if (header_.interval_ns == 0)
        refuse("the header has no interval_us");
    if (order_.empty())
        refuse("the header does not name the columns of S lines");
}

void TraceReader::columns()
{
    const std::string_view kind = take();
    if (kind == "P" && rest_ != process_columns)
        refuse("the columns of P lines are not those known here");
    if (kind != "S")
        return;
    if (take() != "time_us" || take() != "target")
        refuse("the columns of S lines do not begin with time_us,target");
    while (!rest_.empty()) {
        const auto *const at = std::find(signal_names.begin(), signal_names.end(), take());
        order_.push_back(static_cast<Signal>(at - signal_names.begin()));
    }
}

void TraceReader::run(Observer &observer)
{
    while (next_line())
        line(observer);
    end_look(observer);
    if (in_round_)
        observer.round_ended(last_time_ns_);
}

void TraceReader::line(Observer &observer)
{
    const std::string_view kind = take();
    if (kind == "P" || kind == "X") {
        if (look_ == nullptr)
            refuse("a process outside of a look (an L line)");
        if (kind == "P")
            read_process();
        else if (look_->processes.erase(static_cast<std::uint32_t>(number("pid"))) == 0)
            refuse("an end of a process that was not there");
        return;
    }
    end_look(observer);
    if (kind == "S") {
        read_signals(observer);
    } else if (kind == "T") {
        read_target(observer);
    } else if (kind == "G") {
        const std::uint64_t now = time(observer);
        const TargetId id = target();
        last_.erase(id);
        observer.vanished(now, id);
    } else if (kind == "L") {
        look_ns_ = time(observer);
        look_target_ = target();
        look_ = &last_.at(look_target_);
    } else if (kind == "K") {
        const std::uint64_t now = time(observer);
        Victim victim;
        victim.target = target(false);
        const std::uint64_t pid = number("pid");
        if (pid > std::numeric_limits<std::uint32_t>::max())
            refuse("a pid is too great");
        victim.pid = static_cast<std::uint32_t>(pid);
        victim.comm = unescaped(take());
        observer.killed(now, victim);
    } else {
        refuse_field(kind, "kind of line");
    }
}

void TraceReader::read_target(Observer &observer)
{
    const std::uint64_t now = time(observer);
    Target entry;
    entry.id = target(false);
    const std::string_view kind = take();
    if (kind == target_kind_name(TargetKind::host))
        entry.kind = TargetKind::host;
    else if (kind == target_kind_name(TargetKind::cgroup_v2))
        entry.kind = TargetKind::cgroup_v2;
    else if (kind == target_kind_name(TargetKind::cgroup_v1))
        entry.kind = TargetKind::cgroup_v1;
    else
        refuse_field(kind, "kind of target");
    if ((entry.kind == TargetKind::host) != (entry.id == host_target))
        refuse("target 0 is the host, and no other is");
    entry.path = unescaped(take());
    if (!last_.emplace(entry.id, Last{}).second)
        refuse("target " + std::to_string(entry.id) + " is there already");
    observer.appeared(now, entry);
}

void TraceReader::read_signals(Observer &observer)
{
    const std::uint64_t now = time(observer);
    const TargetId id = target();
    SignalValues &signals = last_.at(id).signals;
    for (const Signal signal : order_) {
        const std::string_view field = take();
        if (field.empty() || static_cast<std::size_t>(signal) >= signal_count)
            continue;
        if (field == "-") {
            signals.set(signal, SignalValues::unknown);
        } else if (field == "max") {
            signals.set(signal, SignalValues::no_limit);
        } else {
            const auto value = whole<std::uint64_t>(field);
            if (!value || *value >= SignalValues::no_limit)
                refuse_field(field, "value");
            signals.set(signal, value);
        }
    }
    observer.sampled(now, id, signals);
}

void TraceReader::read_process()
{
    const std::uint64_t pid = number("pid");
    if (pid > std::numeric_limits<std::uint32_t>::max())
        refuse("a pid is too great");
    ProcessSample &process = look_->processes[static_cast<std::uint32_t>(pid)];
    const bool was_known = process.pid != 0;
    const auto optional = [this](auto &value) {
        const std::string_view field = take();
        if (field.empty())
            return false;
        const auto given = whole<std::remove_reference_t<decltype(value)>>(field);
        if (!given)
            refuse_field(field, "number");
        value = *given;
        return true;
    };
    std::uint64_t start = 0;
    const bool is_new = optional(start);
    if (is_new) {
        process = ProcessSample{};
        process.pid = static_cast<std::uint32_t>(pid);
        process.start_ticks = start;
    } else if (!was_known) {
        refuse("a process without its start");
    }
    optional(process.oom_score_adj);
    for (std::uint64_t *const value :
         {&process.anon, &process.file, &process.shmem, &process.swap, &process.page_tables})
        optional(*value);
    if (const std::string_view comm = take(); !comm.empty())
        process.set_name(unescaped(comm));
}

void TraceReader::end_look(Observer &observer)
{
    if (look_ == nullptr)
        return;
    processes_.clear();
    for (const auto &[pid, process] : look_->processes)
        processes_.push_back(process);
    look_ = nullptr;
    observer.looked(look_ns_, look_target_, processes_);
}

} // namespace memory_collector::oom
