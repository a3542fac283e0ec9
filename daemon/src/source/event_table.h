// SPDX-License-Identifier: GPL-2.0-only
//
// From the kernel's event formats to tables of offsets, once, so that the hot
// loop copies fields without asking anyone.
#pragma once

#include <memory_collector/abi.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>
#include <vector>

struct tep_handle;

namespace memory_collector {

enum class EventKind : std::uint8_t {
    foreign, // another system's event
    rdt_sample,
    domain_sample,
    soft_sample,
    process_sample,
    process_info,
    process_exit,
    rmid_alloc,
    rmid_free,
    rmid_existing,
    tick,
    state,
};
inline constexpr std::size_t event_kinds = 12;
inline constexpr std::size_t most_fields = 20; // of an event

std::string_view event_name(EventKind kind);

// Where one field of an abi.h structure is found in a record.
struct FieldMove {
    std::uint16_t from = 0;
    std::uint16_t to = 0;
    std::uint16_t size = 0;
};

struct EventLayout {
    EventKind kind = EventKind::foreign;
    // The payload lies in the record exactly as in abi.h, from `base` on.
    bool direct = false;
    bool has_slot = false;
    std::uint16_t base = 0;
    // A shorter record is damaged.
    std::uint16_t record_size = 0;
    std::uint16_t slot_from = 0;
    std::uint8_t moves = 0;
    std::array<FieldMove, most_fields> move{};
};

// The layouts of one kernel's events by their numeric type.
class EventTable {
public:
    // Takes the formats that `tep` knows. Throws Error if an event or a field
    // of abi.h is missing or is not what abi.h says.
    explicit EventTable(tep_handle *tep);

    const EventLayout &layout(std::uint16_t type) const { return layouts_[kind_of_type_[type]]; }
    const EventLayout &layout(EventKind kind) const { return layouts_[static_cast<std::size_t>(kind)]; }
    // What a record of ours takes in a ring at most, with what the kernel puts before it: a time
    // extend, a word of type and time, a word of length.
    std::size_t largest_record() const;
    std::uint16_t type(EventKind kind) const { return type_of_kind_[static_cast<std::size_t>(kind)]; }

private:
    std::array<EventLayout, event_kinds> layouts_{};
    std::array<std::uint16_t, event_kinds> type_of_kind_{};
    std::vector<std::uint8_t> kind_of_type_;
};

inline std::uint16_t record_type(const std::byte *data)
{
    std::uint16_t type;
    std::memcpy(&type, data, sizeof(type));
    return type;
}

// The caller has checked that the record has layout.record_size bytes.
inline std::uint64_t record_slot(const EventLayout &layout, const std::byte *data)
{
    std::uint64_t slot;
    std::memcpy(&slot, data + layout.slot_from, sizeof(slot));
    return slot;
}

template <typename Payload> inline void decode(const EventLayout &layout, const std::byte *data, Payload &out)
{
    if (layout.direct) [[likely]] {
        std::memcpy(&out, data + layout.base, sizeof(out));
        return;
    }
    out = Payload{};
    auto *to = reinterpret_cast<std::byte *>(&out);
    for (std::size_t i = 0; i < layout.moves; i++) {
        const FieldMove &move = layout.move[i];
        std::memcpy(to + move.to, data + move.from, move.size);
    }
}

// As decode() of a direct layout, from layout.base on. Field by field: inlined,
// each goes to a register, where one copy of the whole would go through memory
// and be waited for.
[[gnu::always_inline]] inline mc_rdt_sample direct_rdt_sample(const std::byte *payload)
{
    mc_rdt_sample sample;
    const auto load = [payload](auto &field, std::size_t offset) {
        std::memcpy(&field, payload + offset, sizeof(field));
    };
    load(sample.slot_ns, offsetof(mc_rdt_sample, slot_ns));
    load(sample.start_time_ns, offsetof(mc_rdt_sample, start_time_ns));
    load(sample.total_bytes, offsetof(mc_rdt_sample, total_bytes));
    load(sample.local_bytes, offsetof(mc_rdt_sample, local_bytes));
    load(sample.occupancy_bytes, offsetof(mc_rdt_sample, occupancy_bytes));
    load(sample.pid, offsetof(mc_rdt_sample, pid));
    load(sample.rmid, offsetof(mc_rdt_sample, rmid));
    load(sample.domain, offsetof(mc_rdt_sample, domain));
    load(sample.flags, offsetof(mc_rdt_sample, flags));
    return sample;
}

} // namespace memory_collector
