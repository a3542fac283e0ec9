// SPDX-License-Identifier: GPL-2.0-only
#include "pool/status.h"
#include "support/units.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <ostream>

namespace memory_collector::pool {

namespace {

using Json = nlohmann::ordered_json;

template <typename Value> Json or_null(const std::optional<Value> &value)
{
    return value ? Json(*value) : Json(nullptr);
}

Json or_null(const std::string &text)
{
    return text.empty() ? Json(nullptr) : Json(text);
}

Json holder_json(const std::optional<HolderStatus> &holder)
{
    if (!holder)
        return nullptr;
    return {{"pid", holder->pid == 0 ? Json(nullptr) : Json(holder->pid)},
            {"alive", holder->lives},
            {"bytes", holder->bytes},
            {"swapped_bytes", or_null(holder->swapped_bytes)},
            {"cgroup", holder->cgroup}};
}

// A column of a part that may be missing.
template <typename Part, typename Member> Json part(const std::optional<Part> &stat, Member member)
{
    if (!stat)
        return nullptr;
    if constexpr (std::is_same_v<std::decay_t<decltype((*stat).*member)>, Count>)
        return or_null((*stat).*member);
    else
        return (*stat).*member;
}

Json status_json(const PoolStatus &status)
{
    const bool there = !status.device.empty();
    return {{"device", or_null(status.device)},
            {"algorithm", or_null(status.algorithm)},
            {"recompress_algorithm", or_null(status.second_algorithm)},
            {"size", there ? Json(status.size) : Json(nullptr)},
            {"mem_limit", part(status.memory, &MemoryStat::mem_limit)},
            {"swap_active", status.swap.has_value()},
            {"swap_priority", part(status.swap, &SwapArea::priority)},
            {"swap_used", part(status.swap, &SwapArea::used_bytes)},
            {"orig_data_size", part(status.memory, &MemoryStat::orig_data_size)},
            {"compr_data_size", part(status.memory, &MemoryStat::compr_data_size)},
            {"mem_used_total", part(status.memory, &MemoryStat::mem_used_total)},
            {"same_pages", part(status.memory, &MemoryStat::same_pages)},
            {"huge_pages", part(status.memory, &MemoryStat::huge_pages)},
            {"num_reads", part(status.requests, &RequestStat::reads)},
            {"num_writes", part(status.requests, &RequestStat::writes)},
            {"read_bytes", part(status.requests, &RequestStat::read_bytes)},
            {"write_bytes", part(status.requests, &RequestStat::write_bytes)},
            {"failed_reads", part(status.failures, &FailureStat::failed_reads)},
            {"failed_writes", part(status.failures, &FailureStat::failed_writes)},
            {"bd_count", part(status.backing, &BackingStat::stored)},
            {"bd_reads", part(status.backing, &BackingStat::reads)},
            {"bd_writes", part(status.backing, &BackingStat::writes)},
            {"compression_ratio", or_null(status.compression_ratio())},
            {"overhead_bytes", or_null(status.overhead_bytes())},
            {"peaks",
             {{"orig_data_size", there ? Json(status.peaks.orig_data_size) : Json(nullptr)},
              {"compr_data_size", there ? Json(status.peaks.compr_data_size) : Json(nullptr)},
              {"mem_used_total", part(status.memory, &MemoryStat::mem_used_max)}}},
            {"holder", holder_json(status.holder)},
            {"interrupted", or_null(status.interrupted)}};
}

void line(std::ostream &out, std::string_view name, const std::string &value)
{
    out << fmt::format("{:<18}{}\n", name, value);
}

void write_memory(std::ostream &out, const PoolStatus &status)
{
    const MemoryStat &memory = *status.memory;
    const auto ratio = status.compression_ratio();
    line(out, "orig_data_size",
         fmt::format("{} (peak {})", format_bytes(memory.orig_data_size),
                     format_bytes(status.peaks.orig_data_size)));
    line(out, "compr_data_size",
         fmt::format("{} (peak {}), compression_ratio {}", format_bytes(memory.compr_data_size),
                     format_bytes(status.peaks.compr_data_size),
                     ratio ? fmt::format("{:.3f}", *ratio) : "-"));
    line(out, "mem_used_total",
         fmt::format("{} (peak {}), overhead {}", format_bytes(memory.mem_used_total),
                     format_bytes(memory.mem_used_max), format_bytes(status.overhead_bytes().value_or(0))));
    const auto count = [](const Count &value) { return value ? std::to_string(*value) : std::string{"-"}; };
    line(out, "pages", fmt::format("{} same, {} huge", count(memory.same_pages), count(memory.huge_pages)));
}

void write_requests(std::ostream &out, const PoolStatus &status)
{
    if (status.requests)
        line(out, "requests",
             fmt::format("{} reads ({}), {} writes ({})", status.requests->reads,
                         format_bytes(status.requests->read_bytes), status.requests->writes,
                         format_bytes(status.requests->write_bytes)));
    if (status.failures)
        line(out, "failed",
             fmt::format("{} reads, {} writes", status.failures->failed_reads,
                         status.failures->failed_writes));
    if (status.backing)
        line(out, "written back",
             fmt::format("{} pages, {} reads, {} writes", status.backing->stored, status.backing->reads,
                         status.backing->writes));
}

} // namespace

void write_status_json(std::ostream &out, const std::optional<PoolStatus> &status)
{
    out << status_json(status.value_or(PoolStatus{})).dump() << "\n";
}

void write_status_text(std::ostream &out, const std::optional<PoolStatus> &status)
{
    if (!status) {
        out << "no pool; memory-collector pool setup makes one\n";
        return;
    }
    if (!status->interrupted.empty())
        out << "interrupted: a " << status->interrupted
            << " that was ended before its end; memory-collector pool reset clears what is left\n";
    if (status->device.empty()) {
        out << "no device is left of it\n";
    } else {
        line(out, "device",
             fmt::format("{}, {}{}, {}, limit {}", status->device, status->algorithm,
                         status->second_algorithm.empty() ? "" : " then " + status->second_algorithm,
                         format_bytes(status->size),
                         status->memory->mem_limit == 0 ? "none" : format_bytes(status->memory->mem_limit)));
        line(out, "swap_active",
             status->swap ? fmt::format("yes, priority {}, {} used", status->swap->priority,
                                        format_bytes(status->swap->used_bytes))
                          : "no");
        write_memory(out, *status);
        write_requests(out, *status);
    }
    if (const auto &holder = status->holder)
        line(out, "holder",
             fmt::format("{}, {}, {} of it swapped out",
                         holder->lives ? "pid " + std::to_string(holder->pid) : "has ended",
                         format_bytes(holder->bytes),
                         holder->swapped_bytes ? format_bytes(*holder->swapped_bytes) : "-"));
}

} // namespace memory_collector::pool
