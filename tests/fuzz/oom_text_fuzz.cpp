// SPDX-License-Identifier: GPL-2.0-only
//
// The texts that the OOM forecast reads: each reader is given all of the input. What it takes
// from it is held against a slower way to find the same lines.
#include "fuzz_support.h"
#include "oom/parse.h"

#include <algorithm>
#include <array>
#include <optional>
#include <sstream>
#include <string>
#include <vector>

using namespace memory_collector;
using namespace memory_collector::oom;

namespace {

using Number = std::optional<std::uint64_t>;

// A whole number and nothing else, as a person would read it.
Number number_of(const std::string &word)
{
    if (word.empty() || word.find_first_not_of("0123456789") != std::string::npos)
        return std::nullopt;
    const std::string digits = word.substr(std::min(word.find_first_not_of('0'), word.size()));
    const std::string most = std::to_string(UINT64_MAX);
    if (digits.size() > most.size() || (digits.size() == most.size() && digits > most))
        return std::nullopt;
    return digits.empty() ? 0 : std::stoull(digits);
}

std::vector<std::string> words_of(const std::string &text)
{
    constexpr const char *between = " \t\r\n";
    std::vector<std::string> words;
    for (std::size_t at = 0; (at = text.find_first_not_of(between, at)) != std::string::npos;) {
        const std::size_t end = std::min(text.find_first_of(between, at), text.size());
        words.push_back(text.substr(at, end - at));
        at = end;
    }
    return words;
}

// The first number that is told of a key.
Number told(const std::string &text, std::string_view key)
{
    std::istringstream lines{text};
    for (std::string line; std::getline(lines, line);) {
        const std::vector<std::string> words = words_of(line);
        if (words.size() > 1 && words[0] == key)
            if (const Number value = number_of(words[1]))
                return value;
    }
    return std::nullopt;
}

struct Plain {
    Signal signal;
    std::string_view key;
};

// Those signals that are a line's number as it stands.
template <std::size_t many>
void same(const std::string &text, void (*parse)(std::string_view, SignalValues &),
          const std::array<Plain, many> &plain)
{
    SignalValues found;
    parse(text, found);
    for (const Plain &one : plain)
        fuzz::require(found.raw(one.signal) == told(text, one.key).value_or(SignalValues::unknown),
                      one.key.data());
    SignalValues again;
    parse(text, again);
    fuzz::require(found == again, "the same text says the same");
}

// All sizes of a part are within what they are parts of.
void meminfo(const std::string &text)
{
    SignalValues found;
    parse_meminfo(text, found);
    if (const Number limit = found.get(Signal::limit))
        fuzz::require(found.or_zero(Signal::usage) <= *limit, "usage of the host within its memory");
    if (const Number kernel = found.get(Signal::kernel))
        fuzz::require(*kernel <= found.or_zero(Signal::usage), "the kernel's within what is used");
    if (const Number all = found.get(Signal::swap_limit))
        fuzz::require(found.or_zero(Signal::swap) <= *all, "swap in use within all of it");
    const Number total = told(text, "MemTotal:");
    if (const Number limit = found.get(Signal::limit))
        fuzz::require(total && *limit == *total * 1024, "MemTotal in KiB");
}

void processes(const std::string &text)
{
    ProcessSample process;
    parse_process_stat(text, process);
    fuzz::require(process.name().size() < process.comm.size(), "a name ends within its room");
    ProcessSample sizes;
    if (parse_process_status(text, sizes))
        fuzz::require(told(text, "RssAnon:").has_value(), "a process with sizes has RssAnon");
    if (const auto score = parse_oom_score_adj(text))
        fuzz::require(*score >= -1000 && *score <= 1000, "oom_score_adj within its bounds");
    parse_resident_pages(text);
}

void kills(const std::string &text)
{
    const auto kill = parse_kill(text);
    if (!kill)
        return;
    fuzz::require(text.find(kill->comm) != std::string::npos, "the victim's name is of the record");
    fuzz::require(text.find(std::to_string(kill->pid)) != std::string::npos,
                  "the victim's pid is of the record");
    if (kill->cgroup)
        fuzz::require(text.find(*kill->cgroup) != std::string::npos, "the cgroup is of the record");
    fuzz::require(kill->comm.find('\n') == std::string::npos, "a victim is told in one line");
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size)
{
    const std::string text{fuzz::text_of(data, size)};
    same(text, parse_stat_v2,
         std::array<Plain, 7>{{{Signal::anon, "anon"},
                               {Signal::shmem, "shmem"},
                               {Signal::slab_reclaimable, "slab_reclaimable"},
                               {Signal::slab_unreclaimable, "slab_unreclaimable"},
                               {Signal::pgscan, "pgscan"},
                               {Signal::pgsteal, "pgsteal"},
                               {Signal::major_faults, "pgmajfault"}}});
    same(text, parse_events_v2,
         std::array<Plain, 2>{{{Signal::limit_hits, "max"}, {Signal::oom_kills, "oom_kill"}}});
    same(text, parse_stat_v1,
         std::array<Plain, 4>{{{Signal::anon, "total_rss"},
                               {Signal::shmem, "total_shmem"},
                               {Signal::swap, "total_swap"},
                               {Signal::major_faults, "total_pgmajfault"}}});
    same(text, parse_oom_control_v1, std::array<Plain, 1>{{{Signal::oom_kills, "oom_kill"}}});
    same(text, parse_vmstat,
         std::array<Plain, 2>{{{Signal::major_faults, "pgmajfault"}, {Signal::oom_kills, "oom_kill"}}});
    SignalValues pressure;
    parse_pressure(text, pressure);
    meminfo(text);
    processes(text);
    kills(text);
    parse_swaps_zram(text);
    const std::vector<std::string> words = words_of(text);
    if (const auto zram = parse_zram(text))
        fuzz::require(number_of(words.at(0)) == zram->stored && number_of(words.at(2)) == zram->used,
                      "zram's figures stand in their places");
    if (const Number amount = parse_amount(text))
        fuzz::require(*amount == SignalValues::no_limit || *amount == number_of(words.at(0)),
                      "an amount is the first word");
    return 0;
}
