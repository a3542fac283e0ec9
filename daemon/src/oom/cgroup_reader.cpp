// SPDX-License-Identifier: GPL-2.0-only
#include "oom/cgroup_reader.h"

#include "oom/parse.h"

#include <filesystem>
#include <optional>

namespace memory_collector::oom {

namespace {

std::optional<std::uint64_t> amount(const KeptFile &file, ReadBuffer &buffer)
{
    const auto text = file.read(buffer);
    return text ? parse_amount(*text) : std::nullopt;
}

} // namespace

CgroupReader::CgroupReader(TargetKind kind, const std::string &folder) : kind_(kind)
{
    const auto file = [&folder](const char *name) { return KeptFile{folder + "/" + name}; };
    stat_ = file("memory.stat");
    if (kind == TargetKind::cgroup_v2) {
        usage_ = file("memory.current");
        limit_ = file("memory.max");
        high_ = file("memory.high");
        swap_ = file("memory.swap.current");
        swap_limit_ = file("memory.swap.max");
        events_ = file("memory.events");
        pressure_ = file("memory.pressure");
    } else {
        usage_ = file("memory.usage_in_bytes");
        limit_ = file("memory.limit_in_bytes");
        // Memory and swap together.
        swap_limit_ = file("memory.memsw.limit_in_bytes");
        events_ = file("memory.oom_control");
        kernel_ = file("memory.kmem.usage_in_bytes");
        hits_ = file("memory.failcnt");
    }
}

bool CgroupReader::read(ReadBuffer &buffer, SignalValues &to) const
{
    to = SignalValues{};
    const auto usage = amount(usage_, buffer);
    const auto limit = amount(limit_, buffer);
    if (!usage || !limit)
        return false;
    to.set(Signal::usage, *usage);
    to.set(Signal::limit, *limit);
    return kind_ == TargetKind::cgroup_v2 ? read_v2(buffer, to) : read_v1(buffer, to);
}

bool CgroupReader::read_v2(ReadBuffer &buffer, SignalValues &to) const
{
    const auto stat = stat_.read(buffer);
    if (!stat)
        return false;
    parse_stat_v2(*stat, to);
    to.set(Signal::high, amount(high_, buffer));
    to.set(Signal::swap, amount(swap_, buffer));
    to.set(Signal::swap_limit, amount(swap_limit_, buffer));
    if (const auto text = events_.read(buffer))
        parse_events_v2(*text, to);
    // Unreadable where PSI is switched off.
    if (const auto text = pressure_.read(buffer))
        parse_pressure(*text, to);
    return true;
}

bool CgroupReader::read_v1(ReadBuffer &buffer, SignalValues &to) const
{
    const auto stat = stat_.read(buffer);
    if (!stat)
        return false;
    parse_stat_v1(*stat, to);
    to.set(Signal::kernel, amount(kernel_, buffer));
    // So much may be in swap when memory is at its limit.
    if (const auto both = amount(swap_limit_, buffer)) {
        const std::uint64_t limit = to.raw(Signal::limit);
        if (*both >= SignalValues::no_limit)
            to.set(Signal::swap_limit, SignalValues::no_limit);
        else
            to.set(Signal::swap_limit, *both > limit ? *both - limit : 0);
    }
    to.set(Signal::limit_hits, amount(hits_, buffer));
    if (const auto text = events_.read(buffer))
        parse_oom_control_v1(*text, to);
    return true;
}

HostReader::HostReader()
    : meminfo_("/proc/meminfo"), vmstat_("/proc/vmstat"), pressure_("/proc/pressure/memory"),
      swaps_("/proc/swaps")
{
}

void HostReader::find_swap(ReadBuffer &buffer)
{
    if (const auto text = swaps_.read(buffer))
        swap_zram_ = parse_swaps_zram(*text);
    zram_.clear();
    if (swap_zram_ == 0)
        return;
    std::error_code error;
    for (std::filesystem::directory_iterator at{"/sys/block", error}, end; !error && at != end;
         at.increment(error))
        if (at->path().filename().string().starts_with("zram"))
            if (KeptFile file{at->path().string() + "/mm_stat"})
                zram_.push_back(std::move(file));
}

void HostReader::read(ReadBuffer &buffer, SignalValues &to) const
{
    to = SignalValues{};
    if (const auto text = meminfo_.read(buffer))
        parse_meminfo(*text, to);
    if (const auto text = vmstat_.read(buffer))
        parse_vmstat(*text, to);
    if (const auto text = pressure_.read(buffer))
        parse_pressure(*text, to);
    to.set(Signal::swap_zram, swap_zram_);
    ZramUse sum;
    for (const KeptFile &file : zram_)
        if (const auto text = file.read(buffer))
            if (const auto use = parse_zram(*text)) {
                sum.stored += use->stored;
                sum.used += use->used;
            }
    to.set(Signal::zram_stored, sum.stored);
    to.set(Signal::zram_used, sum.used);
}

} // namespace memory_collector::oom
