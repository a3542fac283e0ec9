// SPDX-License-Identifier: GPL-2.0-only
//
// The pages read from one CPU's ring and not yet processed.
#pragma once

#include "model/model.h"
#include "source/event_table.h"
#include "source/page.h"

#include <cstddef>
#include <cstdint>
#include <limits>
#include <vector>

namespace memory_collector {

class RingCursor {
public:
    // Room for `pages` unprocessed pages; what does not fit stays in the ring.
    RingCursor(std::uint32_t cpu, const PageFormat &format, std::size_t pages, Model &model)
        : cpu_(cpu), format_(format), model_(&model), pages_(pages), sizes_(pages),
          bytes_(pages * format.page_size)
    {
    }

    std::uint32_t cpu() const { return cpu_; }
    bool full() const { return count_ == pages_; }
    bool more() const { return more_; }
    void set_more(bool more) { more_ = more; }

    // Where the next page is to be read to, and that it was.
    std::byte *space() { return &bytes_[((first_ + count_) % pages_) * format_.page_size]; }
    void filled(std::size_t size)
    {
        sizes_[(first_ + count_) % pages_] = static_cast<std::uint32_t>(size);
        count_++;
    }

    // Not a copy: reading the record back in wider pieces than it was written
    // in would stall the CPU.
    const Record *peek()
    {
        if (has_) [[likely]]
            return &head_;
        while (true) {
            if (loaded_) {
                if (reader_.next(head_)) [[likely]] {
                    has_ = true;
                    return &head_;
                }
                if (reader_.error() != PageError::none)
                    model_->malformed();
                loaded_ = false;
                first_ = (first_ + 1) % pages_;
                count_--;
            }
            if (count_ == 0)
                return nullptr;
            loaded_ = true;
            reader_.load(page(0), format_);
            if (reader_.missed())
                model_->ring_lost(cpu_, reader_.lost(), reader_.lost_unknown());
        }
    }
    void pop() { has_ = false; }
    // Pops records from the one that peek() returned on, as PageReader's
    // next_while(). Returns how many.
    template <typename Take> [[gnu::always_inline]] std::uint64_t pop_while(Take &&take)
    {
        const PageReader::Run run = reader_.next_while(head_, take);
        has_ = run.left;
        return run.taken;
    }

    std::uint64_t next_slot(const EventTable &table)
    {
        const Record *const head = peek();
        if (head == nullptr)
            return none;
        std::uint64_t slot = none;
        if (slot_of(table, *head, slot))
            return last_slot_ = slot;
        // Look ahead; what lies before the slot is processed with it.
        Record record;
        PageReader reader = reader_;
        for (std::size_t i = 0;;) {
            while (reader.next(record))
                if (slot_of(table, record, slot))
                    return last_slot_ = slot;
            if (++i >= count_)
                break;
            reader.load(page(i), format_);
        }
        // All there is room for, and no slot among it: it must not wait.
        return full() ? last_slot_ : none;
    }

private:
    static constexpr std::uint64_t none = std::numeric_limits<std::uint64_t>::max();

    static bool slot_of(const EventTable &table, const Record &record, std::uint64_t &slot)
    {
        if (record.size < sizeof(std::uint16_t))
            return false;
        const EventLayout &layout = table.layout(record_type(record.data));
        if (!layout.has_slot || record.size < layout.record_size)
            return false;
        slot = record_slot(layout, record.data);
        return true;
    }
    std::span<const std::byte> page(std::size_t i) const
    {
        const std::size_t at = (first_ + i) % pages_;
        return {&bytes_[at * format_.page_size], sizes_[at]};
    }

    std::uint32_t cpu_;
    PageFormat format_;
    Model *model_;
    std::size_t pages_;
    std::size_t first_ = 0;
    std::size_t count_ = 0;
    bool more_ = false;
    bool loaded_ = false;
    bool has_ = false;
    PageReader reader_;
    Record head_;
    std::uint64_t last_slot_ = 0;
    std::vector<std::uint32_t> sizes_;
    std::vector<std::byte> bytes_;
};

} // namespace memory_collector
