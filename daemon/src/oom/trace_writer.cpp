// SPDX-License-Identifier: GPL-2.0-only
#include "oom/trace_writer.h"

#include "oom/trace_format.h"

#include <array>
#include <charconv>

namespace memory_collector::oom {

namespace {

template <typename Integer> void append_number(std::string &to, Integer value)
{
    std::array<char, 24> digits{};
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr;
    to.append(digits.data(), end);
}

} // namespace

TraceWriter::TraceWriter(Output &output, const TraceHeader &header)
    : output_(output), start_ns_(header.start_ns)
{
    std::string text{trace_magic};
    text += "," + std::to_string(trace_version) + "\n";
    text += "interval_us," + std::to_string(header.interval_ns / 1000) + "\n";
    text += "start_us," + std::to_string(header.start_ns / 1000) + "\n";
    text += "page_size," + std::to_string(header.page_size) + "\n";
    text += "kernel,";
    append_escaped(text, header.kernel);
    text += "\ncolumns,T,time_us,target,kind,path\ncolumns,G,time_us,target\ncolumns,S,time_us,target";
    for (const std::string_view name : signal_names) {
        text += ',';
        text += name;
    }
    text += "\ncolumns,L,time_us,target\ncolumns,P,";
    text += process_columns;
    text += "\ncolumns,X,pid\ncolumns,K,time_us,target,pid,comm\n";
    output_.row(text);
}

void TraceWriter::begin(char kind, std::uint64_t time_ns)
{
    line_.assign(1, kind);
    field((time_ns - start_ns_) / 1000);
}

void TraceWriter::field(std::uint64_t value)
{
    line_ += ',';
    append_number(line_, value);
}

void TraceWriter::changed(std::uint64_t value, std::uint64_t was)
{
    line_ += ',';
    if (value == was)
        return;
    if (value == SignalValues::unknown)
        line_ += '-';
    else if (value == SignalValues::no_limit)
        line_ += "max";
    else
        append_number(line_, value);
}

void TraceWriter::end()
{
    while (line_.back() == ',')
        line_.pop_back();
    line_ += '\n';
    output_.row(line_);
}

void TraceWriter::appeared(std::uint64_t time_ns, const Target &target)
{
    last_[target.id] = Last{};
    begin('T', time_ns);
    field(target.id);
    line_ += ',';
    line_ += target_kind_name(target.kind);
    line_ += ',';
    append_escaped(line_, target.path);
    end();
}

void TraceWriter::vanished(std::uint64_t time_ns, TargetId target)
{
    last_.erase(target);
    begin('G', time_ns);
    field(target);
    end();
}

void TraceWriter::sampled(std::uint64_t time_ns, TargetId target, const SignalValues &signals)
{
    SignalValues &was = last_[target].signals;
    begin('S', time_ns);
    field(target);
    for (std::size_t i = 0; i < signal_count; i++)
        changed(signals.raw(static_cast<Signal>(i)), was.raw(static_cast<Signal>(i)));
    was = signals;
    end();
}

void TraceWriter::process(const ProcessSample &now, const ProcessSample *was)
{
    static const ProcessSample nothing;
    const bool is_new = was == nullptr || was->start_ticks != now.start_ticks;
    const ProcessSample &before = is_new ? nothing : *was;
    line_ = "P";
    field(now.pid);
    line_ += ',';
    // Said for a new process only.
    if (is_new)
        append_number(line_, now.start_ticks);
    line_ += ',';
    if (now.oom_score_adj != before.oom_score_adj)
        append_number(line_, now.oom_score_adj);
    changed(now.anon, before.anon);
    changed(now.file, before.file);
    changed(now.shmem, before.shmem);
    changed(now.swap, before.swap);
    changed(now.page_tables, before.page_tables);
    line_ += ',';
    if (now.comm != before.comm)
        append_escaped(line_, now.name().empty() ? std::string_view{"\0", 1} : now.name());
    end();
}

void TraceWriter::looked(std::uint64_t time_ns, TargetId target, std::span<const ProcessSample> processes)
{
    begin('L', time_ns);
    field(target);
    end();
    std::vector<ProcessSample> &last = last_[target].processes;
    auto was = last.begin();
    const auto leave = [&] {
        line_ = "X";
        field(was->pid);
        end();
        ++was;
    };
    for (const ProcessSample &now : processes) {
        while (was != last.end() && was->pid < now.pid)
            leave();
        const bool known = was != last.end() && was->pid == now.pid;
        if (!known || *was != now)
            process(now, known ? &*was : nullptr);
        if (known)
            ++was;
    }
    while (was != last.end())
        leave();
    last.assign(processes.begin(), processes.end());
}

void TraceWriter::killed(std::uint64_t time_ns, const Victim &victim)
{
    begin('K', time_ns);
    field(victim.target);
    field(victim.pid);
    line_ += ',';
    append_escaped(line_, victim.comm);
    end();
}

} // namespace memory_collector::oom
