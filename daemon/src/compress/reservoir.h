// SPDX-License-Identifier: GPL-2.0-only
//
// A simple random sample, without replacement, of items that come one run after
// the other and whose number is not known before: each subset of its size is as
// likely as any other. What is not chosen is skipped, not looked at (Li,
// "Reservoir-Sampling Algorithms of Time Complexity O(n(1+log(N/n)))", 1994).
#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <random>
#include <utility>
#include <vector>

namespace memory_collector::compress {

template <typename Item> class Reservoir {
public:
    Reservoir(std::size_t capacity, std::uint64_t seed) : random_(seed), capacity_(capacity)
    {
        items_.reserve(capacity);
    }

    // So many items, of which item_at(i) makes the one at i.
    template <typename ItemAt> void offer(std::uint64_t count, ItemAt &&item_at)
    {
        seen_ += count;
        std::uint64_t at = 0;
        while (items_.size() < capacity_ && at < count) {
            items_.push_back(item_at(at++));
            if (items_.size() == capacity_)
                draw_skip();
        }
        if (items_.size() < capacity_ || capacity_ == 0)
            return;
        while (count - at > skip_) {
            at += skip_;
            items_[below(capacity_)] = item_at(at++);
            draw_skip();
        }
        skip_ -= count - at;
    }

    std::uint64_t seen() const { return seen_; }

    // In random order, so that the first so many are such a sample, too.
    std::vector<Item> take()
    {
        for (std::size_t left = items_.size(); left > 1; left--)
            std::swap(items_[left - 1], items_[below(left)]);
        return std::move(items_);
    }

private:
    // Above 0 and below 1.
    double uniform() { return (static_cast<double>(random_() >> 11) + 0.5) * 0x1p-53; }
    std::size_t below(std::size_t limit)
    {
        return static_cast<std::size_t>(uniform() * static_cast<double>(limit));
    }
    void draw_skip()
    {
        weight_ *= std::exp(std::log(uniform()) / static_cast<double>(capacity_));
        const double skip = std::floor(std::log(uniform()) / std::log1p(-weight_));
        skip_ = skip < 0x1p62 ? static_cast<std::uint64_t>(skip) : std::uint64_t{1} << 62;
    }

    std::mt19937_64 random_;
    std::size_t capacity_;
    std::vector<Item> items_;
    std::uint64_t seen_ = 0;
    std::uint64_t skip_ = 0;
    double weight_ = 1;
};

} // namespace memory_collector::compress
