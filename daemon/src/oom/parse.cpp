// SPDX-License-Identifier: GPL-2.0-only
#include "oom/parse.h"

#include "host/process_stat.h"
#include "support/words.h"

#include <algorithm>
#include <array>
#include <limits>

namespace memory_collector::oom {

namespace {

using Number = std::optional<std::uint64_t>;

// Sums as they are told apart from what nobody knows; a sum that does not fit is none.
Number plus(Number a, Number b)
{
    if (!a || !b)
        return a ? a : b;
    if (*a > SignalValues::no_limit - 1 - std::min(*b, SignalValues::no_limit - 1))
        return std::nullopt;
    return *a + *b;
}

Number kib(Number value)
{
    if (!value || *value > (std::numeric_limits<std::uint64_t>::max() >> 11))
        return std::nullopt;
    return *value * 1024;
}

struct Field {
    std::string_view key;
    Number *value;
};

// Lines of a key and a number; the first of a key counts.
void parse_fields(std::string_view text, std::span<const Field> fields)
{
    while (!text.empty()) {
        std::string_view line = next_line(text);
        const std::string_view key = next_word(line);
        for (const Field &field : fields)
            if (field.key == key) {
                if (!*field.value)
                    *field.value = whole<std::uint64_t>(next_word(line));
                break;
            }
    }
}

} // namespace

Number parse_amount(std::string_view text)
{
    const std::string_view word = next_word(text);
    if (word == "max")
        return SignalValues::no_limit;
    const Number value = whole<std::uint64_t>(word);
    // v1's "none" is the greatest number of whole pages in a signed word.
    constexpr std::uint64_t most = std::uint64_t{1} << 62;
    return value && *value >= most ? SignalValues::no_limit : value;
}

void parse_stat_v2(std::string_view text, SignalValues &to)
{
    Number anon, file, shmem, kernel, stacks, tables, more_tables, percpu, sock, vmalloc, slab, reclaimable,
        unreclaimable, scan, steal, refault_anon, refault_file, major;
    const std::array<Field, 18> fields{{{"anon", &anon},
                                        {"file", &file},
                                        {"kernel", &kernel},
                                        {"kernel_stack", &stacks},
                                        {"pagetables", &tables},
                                        {"sec_pagetables", &more_tables},
                                        {"percpu", &percpu},
                                        {"sock", &sock},
                                        {"vmalloc", &vmalloc},
                                        {"shmem", &shmem},
                                        {"slab_reclaimable", &reclaimable},
                                        {"slab_unreclaimable", &unreclaimable},
                                        {"slab", &slab},
                                        {"workingset_refault_anon", &refault_anon},
                                        {"workingset_refault_file", &refault_file},
                                        {"pgscan", &scan},
                                        {"pgsteal", &steal},
                                        {"pgmajfault", &major}}};
    parse_fields(text, fields);
    to.set(Signal::anon, anon);
    to.set(Signal::shmem, shmem);
    if (file)
        to.set(Signal::file, *file - std::min(shmem.value_or(0), *file));
    to.set(Signal::slab_reclaimable, reclaimable);
    to.set(Signal::slab_unreclaimable, unreclaimable);
    // From 5.18 there is the sum of the kernel's memory, slab included; before, the parts that are told.
    if (kernel)
        to.set(Signal::kernel, plus(*kernel - std::min(slab.value_or(0), *kernel), sock));
    else
        to.set(Signal::kernel,
               plus(plus(plus(stacks, tables), plus(more_tables, percpu)), plus(sock, vmalloc)));
    to.set(Signal::pgscan, scan);
    to.set(Signal::pgsteal, steal);
    to.set(Signal::refault, plus(refault_anon, refault_file));
    to.set(Signal::major_faults, major);
}

void parse_events_v2(std::string_view text, SignalValues &to)
{
    Number most, kills;
    const std::array<Field, 2> fields{{{"max", &most}, {"oom_kill", &kills}}};
    parse_fields(text, fields);
    to.set(Signal::limit_hits, most);
    to.set(Signal::oom_kills, kills);
}

void parse_pressure(std::string_view text, SignalValues &to)
{
    while (!text.empty()) {
        std::string_view line = next_line(text);
        const std::string_view which = next_word(line);
        if (which != "some" && which != "full")
            continue;
        constexpr std::string_view total = "total=";
        for (std::string_view word = next_word(line); !word.empty(); word = next_word(line))
            if (word.starts_with(total))
                to.set(which == "some" ? Signal::psi_some_us : Signal::psi_full_us,
                       whole<std::uint64_t>(word.substr(total.size())));
    }
}

void parse_stat_v1(std::string_view text, SignalValues &to)
{
    Number rss, cache, shmem, swap, refault_anon, refault_file, major;
    const std::array<Field, 7> fields{{{"total_rss", &rss},
                                       {"total_cache", &cache},
                                       {"total_shmem", &shmem},
                                       {"total_swap", &swap},
                                       {"total_workingset_refault_anon", &refault_anon},
                                       {"total_workingset_refault_file", &refault_file},
                                       {"total_pgmajfault", &major}}};
    parse_fields(text, fields);
    to.set(Signal::anon, rss);
    to.set(Signal::shmem, shmem);
    if (cache)
        to.set(Signal::file, *cache - std::min(shmem.value_or(0), *cache));
    to.set(Signal::swap, swap);
    to.set(Signal::refault, plus(refault_anon, refault_file));
    to.set(Signal::major_faults, major);
}

void parse_oom_control_v1(std::string_view text, SignalValues &to)
{
    Number kills;
    const std::array<Field, 1> fields{{{"oom_kill", &kills}}};
    parse_fields(text, fields);
    to.set(Signal::oom_kills, kills);
}

void parse_meminfo(std::string_view text, SignalValues &to)
{
    Number total, free, buffers, cached, anon, shmem, reclaimable, unreclaimable, swap_total, swap_free;
    const std::array<Field, 10> fields{{{"MemTotal:", &total},
                                        {"MemFree:", &free},
                                        {"Buffers:", &buffers},
                                        {"Cached:", &cached},
                                        {"AnonPages:", &anon},
                                        {"Shmem:", &shmem},
                                        {"SReclaimable:", &reclaimable},
                                        {"SUnreclaim:", &unreclaimable},
                                        {"SwapTotal:", &swap_total},
                                        {"SwapFree:", &swap_free}}};
    parse_fields(text, fields);
    for (const Field &field : fields)
        *field.value = kib(*field.value);
    to.set(Signal::limit, total);
    to.set(Signal::anon, anon);
    to.set(Signal::shmem, shmem);
    to.set(Signal::slab_reclaimable, reclaimable);
    to.set(Signal::slab_unreclaimable, unreclaimable);
    if (total && free)
        to.set(Signal::usage, *total - std::min(*free, *total));
    if (const Number cache = plus(buffers, cached)) {
        to.set(Signal::file, *cache - std::min(shmem.value_or(0), *cache));
        // Not all of the kernel's memory has a line of its own: zram's, drivers'.
        const Number named = plus(plus(cache, anon), plus(reclaimable, unreclaimable));
        if (named && total && free)
            to.set(Signal::kernel, to.or_zero(Signal::usage) - std::min(*named, to.or_zero(Signal::usage)));
    }
    to.set(Signal::swap_limit, swap_total);
    if (swap_total && swap_free)
        to.set(Signal::swap, *swap_total - std::min(*swap_free, *swap_total));
}

void parse_vmstat(std::string_view text, SignalValues &to)
{
    Number scan_kswapd, scan_direct, scan_huge, scan_other, steal_kswapd, steal_direct, steal_huge,
        steal_other, refault_anon, refault_file, major, kills;
    const std::array<Field, 12> fields{{{"pgscan_kswapd", &scan_kswapd},
                                        {"pgscan_direct", &scan_direct},
                                        {"pgscan_khugepaged", &scan_huge},
                                        {"pgscan_proactive", &scan_other},
                                        {"pgsteal_kswapd", &steal_kswapd},
                                        {"pgsteal_direct", &steal_direct},
                                        {"pgsteal_khugepaged", &steal_huge},
                                        {"pgsteal_proactive", &steal_other},
                                        {"workingset_refault_anon", &refault_anon},
                                        {"workingset_refault_file", &refault_file},
                                        {"pgmajfault", &major},
                                        {"oom_kill", &kills}}};
    parse_fields(text, fields);
    to.set(Signal::pgscan, plus(plus(scan_kswapd, scan_direct), plus(scan_huge, scan_other)));
    to.set(Signal::pgsteal, plus(plus(steal_kswapd, steal_direct), plus(steal_huge, steal_other)));
    to.set(Signal::refault, plus(refault_anon, refault_file));
    to.set(Signal::major_faults, major);
    to.set(Signal::oom_kills, kills);
}

std::uint64_t parse_swaps_zram(std::string_view text)
{
    std::uint64_t sum = 0;
    while (!text.empty()) {
        std::string_view line = next_line(text);
        const std::string_view name = next_word(line);
        next_word(line); // type
        const Number size = kib(whole<std::uint64_t>(next_word(line)));
        if (name.starts_with("/dev/zram"))
            sum = plus(sum, size).value_or(sum);
    }
    return sum;
}

std::optional<ZramUse> parse_zram(std::string_view text)
{
    const Number stored = whole<std::uint64_t>(next_word(text));
    const Number compressed = whole<std::uint64_t>(next_word(text));
    const Number used = whole<std::uint64_t>(next_word(text));
    if (!stored || !compressed || !used)
        return std::nullopt;
    return ZramUse{*stored, *used};
}

bool parse_process_stat(std::string_view text, ProcessSample &to)
{
    const auto stat = memory_collector::parse_process_stat(text);
    if (!stat)
        return false;
    to.set_name(stat->name);
    to.start_ticks = stat->start_time;
    return true;
}

bool parse_process_status(std::string_view text, ProcessSample &to)
{
    Number anon, file, shmem, swap, tables;
    const std::array<Field, 5> fields{{{"RssAnon:", &anon},
                                       {"RssFile:", &file},
                                       {"RssShmem:", &shmem},
                                       {"VmSwap:", &swap},
                                       {"VmPTE:", &tables}}};
    parse_fields(text, fields);
    if (!anon)
        return false;
    to.anon = kib(anon).value_or(0);
    to.file = kib(file).value_or(0);
    to.shmem = kib(shmem).value_or(0);
    to.swap = kib(swap).value_or(0);
    to.page_tables = kib(tables).value_or(0);
    return true;
}

Number parse_resident_pages(std::string_view text)
{
    next_word(text);
    return whole<std::uint64_t>(next_word(text));
}

std::optional<std::int32_t> parse_oom_score_adj(std::string_view text)
{
    const auto value = whole<std::int32_t>(next_word(text));
    return value && *value >= -1000 && *value <= 1000 ? value : std::nullopt;
}

std::optional<KillRecord> parse_kill(std::string_view record)
{
    // priority,sequence,time,flags;text and then lines of properties. Records of programs, whose text may be
    // anything, have a facility: their priority is 8 or more.
    const std::size_t comma = record.find(',');
    const std::size_t begin = record.find(';');
    if (comma == std::string_view::npos || begin == std::string_view::npos || comma > begin)
        return std::nullopt;
    const Number priority = whole<std::uint64_t>(record.substr(0, comma));
    if (!priority || *priority > 7)
        return std::nullopt;
    std::string_view rest = record.substr(begin + 1);
    const std::string_view text = next_line(rest);

    KillRecord kill;
    if (constexpr std::string_view full = "oom-kill:constraint="; text.starts_with(full)) {
        // ...,oom_memcg=/a,task_memcg=/b,task=NAME,pid=1,uid=0; the names may hold commas.
        constexpr std::string_view at_pid = ",pid=";
        constexpr std::string_view at_task = ",task=";
        constexpr std::string_view at_group = ",oom_memcg=";
        constexpr std::string_view at_task_group = ",task_memcg=";
        const std::size_t pid = text.rfind(at_pid);
        const std::size_t task = text.rfind(at_task, pid);
        const std::size_t group = text.find(at_group);
        const std::size_t task_group = text.find(at_task_group);
        if (pid == std::string_view::npos || task == std::string_view::npos)
            return std::nullopt;
        std::string_view number = text.substr(pid + at_pid.size());
        number = number.substr(0, number.find(','));
        const auto value = whole<std::uint32_t>(number);
        if (!value)
            return std::nullopt;
        kill.pid = *value;
        kill.comm = text.substr(task + at_task.size(), pid - task - at_task.size());
        kill.cgroup = "";
        if (group != std::string_view::npos && task_group != std::string_view::npos && task_group > group)
            kill.cgroup = text.substr(group + at_group.size(), task_group - group - at_group.size());
        return kill;
    }
    constexpr std::string_view killed = "Killed process ";
    const std::size_t at = text.find(killed);
    const std::size_t end = text.rfind(") total-vm:");
    if (at == std::string_view::npos || end == std::string_view::npos || end < at)
        return std::nullopt;
    std::string_view who = text.substr(at + killed.size(), end - at - killed.size());
    const std::size_t open = who.find(" (");
    if (open == std::string_view::npos)
        return std::nullopt;
    const auto value = whole<std::uint32_t>(who.substr(0, open));
    if (!value)
        return std::nullopt;
    kill.pid = *value;
    kill.comm = who.substr(open + 2);
    return kill;
}

} // namespace memory_collector::oom
