// SPDX-License-Identifier: GPL-2.0-only
//
// Brings the CPUs' streams into one order: slot by slot, and within a slot
// burst by burst in the order of the CPUs. A burst is what a CPU emitted up to
// and including a tick. The order depends on the streams alone and not on when
// each was read, so a live ring and its recording give the same report.
#pragma once

#include "model/model.h"
#include "model/quick_sample.h"
#include "source/event_table.h"
#include "source/page.h"

#include <cstdint>
#include <limits>
#include <utility>
#include <vector>

namespace memory_collector {

// Decodes one record into the model. It has at least layout.record_size bytes.
[[gnu::always_inline]] inline void dispatch(Model &model, const EventLayout &layout, std::uint32_t cpu,
                                            const std::byte *data)
{
    const auto send = [&]<typename Payload>(void (Model::*member)(std::uint32_t, const Payload &)) {
        Payload payload;
        decode(layout, data, payload);
        (model.*member)(cpu, payload);
    };
    // Half of all events, and so not by the table of jumps.
    if (layout.kind == EventKind::rdt_sample) [[likely]]
        return send(&Model::rdt_sample);
    switch (layout.kind) {
    case EventKind::domain_sample:
        send(&Model::domain_sample);
        break;
    case EventKind::soft_sample:
        send(&Model::soft_sample);
        break;
    case EventKind::process_sample:
        send(&Model::process_sample);
        break;
    case EventKind::process_info:
        send(&Model::process_info);
        break;
    case EventKind::process_exit:
        send(&Model::process_exit);
        break;
    case EventKind::rmid_alloc:
    case EventKind::rmid_free:
    case EventKind::rmid_existing:
        send(&Model::rmid_event);
        break;
    case EventKind::tick:
        send(&Model::tick);
        break;
    case EventKind::state:
        send(&Model::state);
        break;
    case EventKind::rdt_sample:
    case EventKind::foreign:
        break;
    }
}

// A CPU's stream. Cursor has:
//   const Record *peek()     the next record, or null if there is none now
//   void pop()               done with it
//   uint64_t next_slot(...)  the slot of the first record from here on that
//                            has one, or `nothing`
//   bool more()              the ring may hold more that was not read yet
//   uint32_t cpu()
//   uint64_t pop_while(take) pops as long as take(data, size), from peek()'s on;
//                            returns how many (a cursor may do without it)
// and tells the model about losses and damage as it meets them.
template <typename Cursor> class Merger {
public:
    Merger(const EventTable &table, Model &model, std::vector<Cursor> &cursors)
        : table_(table), model_(model), cursors_(cursors), heads_(cursors.size(), nothing)
    {
    }

    static constexpr std::uint64_t nothing = std::numeric_limits<std::uint64_t>::max();

    // How long a CPU that is late, or a domain that did not tell how it stood
    // at an interval's end, holds the others up, in time of slots.
    static constexpr std::uint64_t grace_ns = 200'000'000;
    // A CPU that was idle may wake for a slot that others have already told
    // of; its tick is given this long.
    static constexpr std::uint64_t settle_ns = 10'000'000;

    // Feeds the model all slots that are ripe, if all was read that the CPUs
    // had emitted at `now` (`nothing`: of a recording all of it). Returns
    // false if some slot had to wait, true if none is left.
    bool run(std::uint64_t now)
    {
        while (true) {
            std::uint64_t slot = nothing;
            for (std::size_t i = 0; i < cursors_.size(); i++) {
                if (heads_[i] == nothing)
                    heads_[i] = cursors_[i].next_slot(table_);
                if (heads_[i] == nothing && cursors_[i].more())
                    return false;
                slot = heads_[i] < slot ? heads_[i] : slot;
            }
            if (slot == nothing)
                return true;
            if (now != nothing && !ripe(slot, now))
                return false;
            close_before(slot);
            for (std::size_t i = 0; i < cursors_.size(); i++)
                if (heads_[i] <= slot)
                    burst(i, slot);
        }
    }

    // The vector of cursors was filled anew.
    void reset() { heads_.assign(cursors_.size(), nothing); }

    // Closes intervals that end before `slot`, as far as they are complete.
    void close_before(std::uint64_t slot)
    {
        if (model_.is_open() && model_.beyond(slot))
            return;
        while (model_.is_open() && slot > model_.interval_end() &&
               (model_.complete() || slot > model_.interval_end() + grace_ns))
            model_.close();
    }

    // Events without a slot that no tick has followed yet: at the end of a
    // recording, and before a module that went away.
    void run_rest()
    {
        for (std::size_t i = 0; i < cursors_.size(); i++) {
            burst(i, nothing);
            heads_[i] = nothing;
        }
    }

private:
    bool ripe(std::uint64_t slot, std::uint64_t now) const
    {
        if (now < slot + settle_ns)
            return false;
        if (now >= slot + grace_ns)
            return true;
        for (std::size_t i = 0; i < cursors_.size(); i++)
            if (heads_[i] == nothing && model_.awaits(cursors_[i].cpu(), slot))
                return false;
        return true;
    }

    static bool take_none(const std::byte *, std::uint32_t) { return false; }
    static constexpr bool in_runs = requires(Cursor cursor) { cursor.pop_while(take_none); };

    // Samples that follow each other, from peek()'s on, as far as they are of
    // the usual kind. By itself, the loop has all of the CPU's registers.
    [[gnu::noinline]] std::uint64_t quick_samples(Cursor &cursor, std::uint64_t slot)
    {
        const EventLayout &layout = table_.layout(EventKind::rdt_sample);
        const std::uint64_t since = model_.sampled_since(cursor.cpu());
        const std::uint16_t type = table_.type(EventKind::rdt_sample);
        const std::uint32_t size = layout.record_size;
        const std::size_t base = layout.base;
        Model &model = model_;
        const auto take = [&](const std::byte *record, std::uint32_t here) __attribute__((always_inline))
        {
            if (here < size || record_type(record) != type) [[unlikely]]
                return false;
            const mc_rdt_sample sample = direct_rdt_sample(record + base);
            return sample.slot_ns <= slot && model.quick_sample(since, sample);
        };
        const std::uint64_t taken = cursor.pop_while(take);
        model.took(taken);
        return taken;
    }
    bool may_be_quick(const Record &record) const
    {
        const EventLayout &layout = table_.layout(EventKind::rdt_sample);
        return layout.direct && record.size >= layout.record_size &&
               record_type(record.data) == table_.type(EventKind::rdt_sample);
    }

    void burst(std::size_t i, std::uint64_t slot)
    {
        Cursor &cursor = cursors_[i];
        const std::uint32_t cpu = cursor.cpu();
        std::uint64_t read = 0;
        heads_[i] = nothing;
        while (const Record *next = cursor.peek()) {
            if constexpr (in_runs) {
                if (may_be_quick(*next)) [[likely]] {
                    read += quick_samples(cursor, slot);
                    next = cursor.peek();
                    if (next == nullptr)
                        break;
                }
            }
            const std::byte *const data = next->data;
            const std::uint32_t size = next->size;
            if (size < sizeof(std::uint16_t)) {
                model_.malformed();
                cursor.pop();
                continue;
            }
            const EventLayout &layout = table_.layout(record_type(data));
            if (layout.kind == EventKind::foreign) {
                model_.foreign(cpu);
                cursor.pop();
                continue;
            }
            if (size < layout.record_size) {
                model_.malformed();
                cursor.pop();
                continue;
            }
            if (layout.has_slot) {
                const std::uint64_t own = record_slot(layout, data);
                if (own > slot) {
                    heads_[i] = own;
                    break;
                }
            }
            read++;
            const bool tick = layout.kind == EventKind::tick;
            if (tick) [[unlikely]]
                model_.note_read(cpu, std::exchange(read, 0));
            dispatch(model_, layout, cpu, data);
            cursor.pop();
            if (tick) [[unlikely]]
                return;
        }
        model_.note_read(cpu, read);
    }

    const EventTable &table_;
    Model &model_;
    std::vector<Cursor> &cursors_;
    std::vector<std::uint64_t> heads_;
};

} // namespace memory_collector
