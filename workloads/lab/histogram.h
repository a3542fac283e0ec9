// SPDX-License-Identifier: GPL-2.0-only
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>

namespace memory_collector::lab {

// Counts by size, to a 32nd: a plain object, so that it can be in shared memory.
class Histogram {
public:
    void add(std::uint64_t value)
    {
        counts_[slot(value)]++;
        count_++;
        most_ = std::max(most_, value);
    }
    void add(const Histogram &other)
    {
        for (std::size_t i = 0; i < counts_.size(); i++)
            counts_[i] += other.counts_[i];
        count_ += other.count_;
        most_ = std::max(most_, other.most_);
    }
    std::uint64_t count() const { return count_; }
    std::uint64_t most() const { return most_; }

    // The upper end of the slot in which this share of the values has come; at most most().
    std::uint64_t quantile(double share) const
    {
        const auto rank = static_cast<std::uint64_t>(share * static_cast<double>(count_));
        std::uint64_t seen = 0;
        for (std::size_t i = 0; i < counts_.size(); i++) {
            seen += counts_[i];
            if (seen > rank || seen == count_)
                return std::min(most_, upper_end(i));
        }
        return most_;
    }

private:
    static constexpr unsigned bits = 5;
    static constexpr std::uint64_t parts = 1u << bits;

    static std::size_t slot(std::uint64_t value)
    {
        if (value < parts)
            return value;
        const auto octave = static_cast<unsigned>(std::bit_width(value)) - bits - 1;
        return ((octave + 1) << bits) + ((value >> octave) - parts);
    }
    static std::uint64_t upper_end(std::size_t slot)
    {
        if (slot < parts)
            return slot;
        const std::size_t octave = (slot >> bits) - 1;
        return (((slot & (parts - 1)) + parts + 1) << octave) - 1;
    }

    std::array<std::uint64_t, (64 - bits + 1) << bits> counts_{};
    std::uint64_t count_ = 0;
    std::uint64_t most_ = 0;
};

} // namespace memory_collector::lab
