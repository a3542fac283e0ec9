// SPDX-License-Identifier: GPL-2.0-only
#include "source/event_table.h"

#include "support/error.h"

#include <event-parse.h>

#include <algorithm>
#include <span>
#include <string>

namespace memory_collector {

namespace {

struct FieldSpec {
    const char *name;
    std::uint16_t to;
    std::uint16_t size;
    bool text;
};

struct EventSpec {
    EventKind kind;
    const char *name;
    std::uint16_t size;
    std::span<const FieldSpec> fields;
};

#define MC_FIELD(type, name)                                                                                 \
    {                                                                                                        \
#name, offsetof(type, name), sizeof(type::name), false                                               \
    }
#define MC_TEXT(type, name)                                                                                  \
    {                                                                                                        \
#name, offsetof(type, name), sizeof(type::name), true                                                \
    }

constexpr FieldSpec rdt_sample_fields[] = {
    MC_FIELD(mc_rdt_sample, slot_ns),
    MC_FIELD(mc_rdt_sample, start_time_ns),
    MC_FIELD(mc_rdt_sample, total_bytes),
    MC_FIELD(mc_rdt_sample, local_bytes),
    MC_FIELD(mc_rdt_sample, occupancy_bytes),
    MC_FIELD(mc_rdt_sample, pid),
    MC_FIELD(mc_rdt_sample, rmid),
    MC_FIELD(mc_rdt_sample, domain),
    MC_FIELD(mc_rdt_sample, flags),
};
constexpr FieldSpec domain_sample_fields[] = {
    MC_FIELD(mc_domain_sample, slot_ns),
    MC_FIELD(mc_domain_sample, total_bytes),
    MC_FIELD(mc_domain_sample, local_bytes),
    MC_FIELD(mc_domain_sample, unattributed_bytes),
    MC_FIELD(mc_domain_sample, unattributed_local_bytes),
    MC_FIELD(mc_domain_sample, domain),
    MC_FIELD(mc_domain_sample, flags),
};
constexpr FieldSpec soft_sample_fields[] = {
    MC_FIELD(mc_soft_sample, slot_ns),     MC_FIELD(mc_soft_sample, total_bytes),
    MC_FIELD(mc_soft_sample, local_bytes), MC_FIELD(mc_soft_sample, occupancy_bytes),
    MC_FIELD(mc_soft_sample, cpu),         MC_FIELD(mc_soft_sample, rmid),
    MC_FIELD(mc_soft_sample, domain),      MC_FIELD(mc_soft_sample, flags),
};
constexpr FieldSpec process_sample_fields[] = {
    MC_FIELD(mc_process_sample, slot_ns),        MC_FIELD(mc_process_sample, start_time_ns),
    MC_FIELD(mc_process_sample, cpu_time_ns),    MC_FIELD(mc_process_sample, rss_pages),
    MC_FIELD(mc_process_sample, rss_anon_pages), MC_FIELD(mc_process_sample, rss_shmem_pages),
    MC_FIELD(mc_process_sample, swap_pages),     MC_FIELD(mc_process_sample, min_flt),
    MC_FIELD(mc_process_sample, maj_flt),        MC_FIELD(mc_process_sample, pid),
    MC_FIELD(mc_process_sample, flags),
};
constexpr FieldSpec process_info_fields[] = {
    MC_FIELD(mc_process_info, start_time_ns), MC_FIELD(mc_process_info, cgroup_id),
    MC_FIELD(mc_process_info, pid),           MC_FIELD(mc_process_info, ppid),
    MC_FIELD(mc_process_info, reason),        MC_FIELD(mc_process_info, flags),
    MC_TEXT(mc_process_info, comm),
};
constexpr FieldSpec process_exit_fields[] = {
    MC_FIELD(mc_process_exit, slot_ns),     MC_FIELD(mc_process_exit, start_time_ns),
    MC_FIELD(mc_process_exit, total_bytes), MC_FIELD(mc_process_exit, local_bytes),
    MC_FIELD(mc_process_exit, cpu_time_ns), MC_FIELD(mc_process_exit, min_flt),
    MC_FIELD(mc_process_exit, maj_flt),     MC_FIELD(mc_process_exit, pid),
    MC_FIELD(mc_process_exit, flags),       MC_TEXT(mc_process_exit, comm),
};
constexpr FieldSpec rmid_fields[] = {
    MC_FIELD(mc_rmid_event, start_time_ns), MC_FIELD(mc_rmid_event, pid),   MC_FIELD(mc_rmid_event, rmid),
    MC_FIELD(mc_rmid_event, reason),        MC_FIELD(mc_rmid_event, flags), MC_TEXT(mc_rmid_event, comm),
};
constexpr FieldSpec tick_fields[] = {
    MC_FIELD(mc_tick, slot_ns),      MC_FIELD(mc_tick, late_ns),     MC_FIELD(mc_tick, duration_ns),
    MC_FIELD(mc_tick, reading_ns),   MC_FIELD(mc_tick, complete_ns), MC_FIELD(mc_tick, missed),
    MC_FIELD(mc_tick, idle),         MC_FIELD(mc_tick, reads),       MC_FIELD(mc_tick, events),
    MC_FIELD(mc_tick, reads_sample), MC_FIELD(mc_tick, reads_sweep), MC_FIELD(mc_tick, reads_drain),
    MC_FIELD(mc_tick, reads_limbo),  MC_FIELD(mc_tick, reads_soft),  MC_FIELD(mc_tick, soft_switches),
    MC_FIELD(mc_tick, soft_refused), MC_FIELD(mc_tick, flags),       MC_FIELD(mc_tick, list_overflow),
    MC_FIELD(mc_tick, processes),
};
constexpr FieldSpec state_fields[] = {
    MC_FIELD(mc_state, slot_ns), MC_FIELD(mc_state, interval_ns),  MC_FIELD(mc_state, unit_bytes),
    MC_FIELD(mc_state, what),    MC_FIELD(mc_state, arg),          MC_FIELD(mc_state, mode),
    MC_FIELD(mc_state, rmids),   MC_FIELD(mc_state, counter_bits), MC_FIELD(mc_state, abi_version),
};
#undef MC_FIELD
#undef MC_TEXT

constexpr EventSpec events[] = {
    {EventKind::rdt_sample, "rdt_sample", sizeof(mc_rdt_sample), rdt_sample_fields},
    {EventKind::domain_sample, "domain_sample", sizeof(mc_domain_sample), domain_sample_fields},
    {EventKind::soft_sample, "soft_sample", sizeof(mc_soft_sample), soft_sample_fields},
    {EventKind::process_sample, "process_sample", sizeof(mc_process_sample), process_sample_fields},
    {EventKind::process_info, "process_info", sizeof(mc_process_info), process_info_fields},
    {EventKind::process_exit, "process_exit", sizeof(mc_process_exit), process_exit_fields},
    {EventKind::rmid_alloc, "rmid_alloc", sizeof(mc_rmid_event), rmid_fields},
    {EventKind::rmid_free, "rmid_free", sizeof(mc_rmid_event), rmid_fields},
    {EventKind::rmid_existing, "rmid_existing", sizeof(mc_rmid_event), rmid_fields},
    {EventKind::tick, "tick", sizeof(mc_tick), tick_fields},
    {EventKind::state, "state", sizeof(mc_state), state_fields},
};

static_assert(std::ranges::all_of(events,
                                  [](const EventSpec &event) { return event.fields.size() <= most_fields; }));

[[noreturn]] void reject(const EventSpec &event, const std::string &what)
{
    throw Error("event " MC_TRACE_SYSTEM ":" + std::string{event.name} + ": " + what +
                "; this program knows ABI version " + std::to_string(MC_ABI_VERSION) +
                ": use the module and the program of one build");
}

EventLayout compile(const EventSpec &event, const tep_event &format)
{
    EventLayout layout;
    layout.kind = event.kind;
    layout.direct = true;
    for (const FieldSpec &field : event.fields) {
        const tep_format_field *found = nullptr;
        for (const tep_format_field *f = format.format.fields; f != nullptr; f = f->next)
            if (std::strcmp(f->name, field.name) == 0)
                found = f;
        const std::string name = "field " + std::string{field.name};
        if (found == nullptr)
            reject(event, name + " is missing");
        if (found->size != field.size)
            reject(event, name + " has " + std::to_string(found->size) + " bytes, expected " +
                              std::to_string(field.size));
        // Whether plain char is signed changed with kernel 6.2; it says nothing.
        if (!field.text && (found->flags & TEP_FIELD_IS_SIGNED) != 0)
            reject(event, name + " is signed, expected unsigned");
        if (field.text != ((found->flags & TEP_FIELD_IS_ARRAY) != 0) ||
            (found->flags & TEP_FIELD_IS_DYNAMIC) != 0)
            reject(event, name + (field.text ? " is no fixed array" : " is an array"));
        if (found->offset < 2 || found->offset + found->size > 4096)
            reject(event, name + " lies at impossible offset " + std::to_string(found->offset));

        FieldMove &move = layout.move.at(layout.moves++);
        move = {static_cast<std::uint16_t>(found->offset), field.to, field.size};
        if (layout.moves == 1)
            layout.base = static_cast<std::uint16_t>(move.from - std::min(move.from, move.to));
        if (move.from != layout.base + move.to)
            layout.direct = false;
        layout.record_size = std::max(layout.record_size, static_cast<std::uint16_t>(move.from + move.size));
        if (std::strcmp(field.name, "slot_ns") == 0) {
            layout.has_slot = true;
            layout.slot_from = move.from;
        }
    }
    // A direct copy takes the whole structure, tail included.
    if (layout.base + event.size > layout.record_size)
        layout.direct = false;
    return layout;
}

} // namespace

std::string_view event_name(EventKind kind)
{
    for (const EventSpec &event : events)
        if (event.kind == kind)
            return event.name;
    return "foreign";
}

EventTable::EventTable(tep_handle *tep) : kind_of_type_(65536, 0)
{
    for (const EventSpec &event : events) {
        const tep_event *format = tep_find_event_by_name(tep, MC_TRACE_SYSTEM, event.name);
        if (format == nullptr)
            reject(event, "is missing");
        const tep_format_field *type = format->format.common_fields;
        while (type != nullptr && std::strcmp(type->name, "common_type") != 0)
            type = type->next;
        if (type == nullptr || type->offset != 0 || type->size != 2)
            reject(event, "common_type is not its first two bytes");
        if (format->id <= 0 || format->id > 65535)
            reject(event, "has the impossible number " + std::to_string(format->id));
        const auto index = static_cast<std::size_t>(event.kind);
        layouts_[index] = compile(event, *format);
        type_of_kind_[index] = static_cast<std::uint16_t>(format->id);
        kind_of_type_[static_cast<std::size_t>(format->id)] = static_cast<std::uint8_t>(index);
    }
}

std::size_t EventTable::largest_record() const
{
    // A structure's padding at its end; time extend, type and time, length.
    constexpr std::size_t beside = 8 + 8 + 4 + 4;
    std::size_t largest = 0;
    for (const EventLayout &layout : layouts_)
        largest = std::max<std::size_t>(largest, layout.record_size);
    return largest + beside;
}

} // namespace memory_collector
