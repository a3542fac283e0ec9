// SPDX-License-Identifier: GPL-2.0-only
#include "oom_support.h"

#include "sink/output.h"
#include "sink_support.h"
#include "support/files.h"

#include <sstream>

namespace memory_collector::oom::testing {

void Heard::appeared(std::uint64_t time_ns, const Target &target)
{
    std::ostringstream line;
    line << time_ns << " appeared " << target.id << ' ' << target_kind_name(target.kind) << ' '
         << target.path;
    lines.push_back(line.str());
}

void Heard::vanished(std::uint64_t time_ns, TargetId target)
{
    lines.push_back(std::to_string(time_ns) + " vanished " + std::to_string(target));
}

void Heard::sampled(std::uint64_t time_ns, TargetId target, const SignalValues &signals)
{
    std::ostringstream line;
    line << time_ns << " sampled " << target;
    for (std::size_t i = 0; i < signal_count; i++)
        line << ' ' << signals.raw(static_cast<Signal>(i));
    lines.push_back(line.str());
}

void Heard::looked(std::uint64_t time_ns, TargetId target, std::span<const ProcessSample> processes)
{
    std::ostringstream line;
    line << time_ns << " looked " << target;
    for (const ProcessSample &process : processes)
        line << " [" << process.pid << ' ' << process.start_ticks << ' ' << process.oom_score_adj << ' '
             << process.anon << ' ' << process.file << ' ' << process.shmem << ' ' << process.swap << ' '
             << process.page_tables << ' ' << process.name() << ']';
    lines.push_back(line.str());
}

void Heard::killed(std::uint64_t time_ns, const Victim &victim)
{
    std::ostringstream line;
    line << time_ns << " killed " << victim.target << ' ' << victim.pid << ' ' << victim.comm;
    lines.push_back(line.str());
}

void Heard::round_ended(std::uint64_t time_ns)
{
    lines.push_back(std::to_string(time_ns) + " round ended");
}

RecordedTrace::RecordedTrace(const TraceHeader &header, const std::function<void(Observer &)> &tell)
{
    const memory_collector::testing::Folder folder;
    const std::string path = folder / "trace";
    Output output{path};
    TraceWriter writer{output, header};
    tell(writer);
    output.flush();
    text_ = read_file(path, std::size_t{64} << 20);
}

} // namespace memory_collector::oom::testing
