// SPDX-License-Identifier: GPL-2.0-only
//
// What workloads write: from zero through text-like to random.
#pragma once

#include "lab/random.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

namespace memory_collector::lab {

class Contents {
public:
    // Entropy 0 to 1: up to 0.5 a part of each page is text and the rest zero, above a part
    // is random and the rest text.
    Contents(double entropy, std::uint64_t seed);

    // Writes all of a page.
    void fill(std::span<std::byte> page);

private:
    static constexpr std::size_t words = 512;
    static constexpr std::size_t longest = 16;

    void write_text(std::span<std::byte> to);
    void write_random(std::span<std::byte> to);

    double entropy_;
    Random random_;
    struct Word {
        std::array<char, longest> letters{};
        std::size_t size = 0;
    };
    std::array<Word, words> vocabulary_{};
};

// How many bytes LZ4 (its default, fast mode) makes of a page.
std::size_t compressed_size(std::span<const std::byte> page);

} // namespace memory_collector::lab
