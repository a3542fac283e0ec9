// SPDX-License-Identifier: GPL-2.0-only
#include "lab/contents.h"

#include <lz4.h>

#include <algorithm>
#include <cstring>
#include <limits>
#include <string_view>
#include <vector>

namespace memory_collector::lab {

namespace {

// Where a random or text part ends: whole words.
std::size_t part_of(std::size_t size, double share)
{
    return std::min(size, static_cast<std::size_t>(share * static_cast<double>(size)) & ~std::size_t{7});
}

} // namespace

Contents::Contents(double entropy, std::uint64_t seed) : entropy_(entropy), random_(seed)
{
    static constexpr std::string_view consonants = "bcdfghklmnprstvw";
    static constexpr std::string_view vowels = "aeiouyea";
    for (Word &word : vocabulary_) {
        const std::size_t syllables = 1 + random_.below(4);
        for (std::size_t i = 0; i < syllables; i++) {
            word.letters.at(word.size++) = consonants[random_.below(consonants.size())];
            word.letters.at(word.size++) = vowels[random_.below(vowels.size())];
            if (random_.below(3) == 0)
                word.letters.at(word.size++) = consonants[random_.below(consonants.size())];
        }
        word.letters.at(word.size++) = random_.below(12) == 0 ? '\n' : ' ';
    }
}

void Contents::fill(std::span<std::byte> page)
{
    if (entropy_ <= 0.5) {
        const std::size_t text = part_of(page.size(), entropy_ * 2);
        write_text(page.first(text));
        std::ranges::fill(page.subspan(text), std::byte{0});
    } else {
        const std::size_t noise = part_of(page.size(), entropy_ * 2 - 1);
        write_random(page.first(noise));
        write_text(page.subspan(noise));
    }
}

// Few words come often and most of them seldom, as in a language.
void Contents::write_text(std::span<std::byte> to)
{
    while (!to.empty()) {
        const std::uint64_t draw = random_.next();
        const std::uint64_t first = draw & 0xffff;
        const std::uint64_t second = draw >> 16 & 0xffff;
        const Word &word = vocabulary_[(first * second >> 16) * words >> 16];
        if (to.size() >= longest) {
            // A copy of fixed size is a few instructions; what is too much is written over.
            std::memcpy(to.data(), word.letters.data(), longest);
            to = to.subspan(word.size);
        } else {
            const std::size_t size = std::min(word.size, to.size());
            std::memcpy(to.data(), word.letters.data(), size);
            to = to.subspan(size);
        }
    }
}

void Contents::write_random(std::span<std::byte> to)
{
    while (to.size() >= sizeof(std::uint64_t)) {
        const std::uint64_t word = random_.next();
        std::memcpy(to.data(), &word, sizeof(word));
        to = to.subspan(sizeof(word));
    }
}

std::size_t compressed_size(std::span<const std::byte> page)
{
    if (page.empty() || page.size() > static_cast<std::size_t>(LZ4_MAX_INPUT_SIZE))
        return 0;
    const int size = static_cast<int>(page.size());
    std::vector<char> out(static_cast<std::size_t>(LZ4_compressBound(size)));
    const int written = LZ4_compress_default(reinterpret_cast<const char *>(page.data()), out.data(), size,
                                             static_cast<int>(out.size()));
    return written > 0 ? static_cast<std::size_t>(written) : 0;
}

} // namespace memory_collector::lab
