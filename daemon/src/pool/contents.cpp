// SPDX-License-Identifier: GPL-2.0-only
#include "pool/contents.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <string_view>

namespace memory_collector::pool {

namespace {

// Kinds alternate, so that any stretch of pages is a like mix.
constexpr auto t = PageKind::text;
constexpr auto r = PageKind::random;
constexpr std::array<PageKind, mix_pages> kinds{t, r, t, PageKind::zero, t, r, t, PageKind::same,
                                                t, r, t, PageKind::zero, t, r, t, PageKind::same};

constexpr std::array<std::string_view, 32> words{
    "memory ", "page ",   "of ",    "the ",    "kernel ", "is ",      "written ", "to ",
    "a ",      "device ", "which ", "keeps ",  "it ",     "in ",      "fewer ",   "bytes ",
    "than ",   "before ", "and ",   "gives ",  "back ",   "what ",    "process ", "had ",
    "name=\"", "value\n", "time: ", "0x00ff ", "error ",  "count=1 ", "user\n",   "  {\"id\": "};

// SplitMix64 (Steele, Lea, Flood 2014).
class Random {
public:
    explicit Random(std::uint64_t seed) : state_(seed) {}
    std::uint64_t operator()()
    {
        state_ += 0x9e3779b97f4a7c15;
        std::uint64_t z = state_;
        z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
        z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
        return z ^ (z >> 31);
    }

private:
    std::uint64_t state_;
};

void repeat(std::span<std::byte> page, std::uint64_t word)
{
    for (std::size_t at = 0; at + sizeof(word) <= page.size(); at += sizeof(word))
        std::memcpy(page.data() + at, &word, sizeof(word));
}

void write_random(std::span<std::byte> page, Random random)
{
    for (std::size_t at = 0; at + sizeof(std::uint64_t) <= page.size(); at += sizeof(std::uint64_t)) {
        const std::uint64_t word = random();
        std::memcpy(page.data() + at, &word, sizeof(word));
    }
}

void write_text(std::span<std::byte> page, Random random)
{
    std::uint64_t choices = 0;
    unsigned left = 0;
    while (!page.empty()) {
        if (left == 0) {
            choices = random();
            left = 12; // of 5 bits each
        }
        const std::string_view word = words.at(choices % words.size());
        choices /= words.size();
        left--;
        const std::size_t size = std::min(word.size(), page.size());
        std::memcpy(page.data(), word.data(), size);
        page = page.subspan(size);
    }
}

} // namespace

PageKind page_kind(std::uint64_t index)
{
    return kinds.at(index % mix_pages);
}

void fill_page(std::span<std::byte> page, std::uint64_t index, std::uint64_t seed)
{
    // Neighbours begin far from each other.
    Random random{Random{seed ^ (index * 0xd1342543de82ef95)}()};
    switch (page_kind(index)) {
    case PageKind::zero:
        repeat(page, 0);
        break;
    case PageKind::same:
        repeat(page, random() | 1);
        break;
    case PageKind::text:
        write_text(page, random);
        break;
    case PageKind::random:
        write_random(page, random);
        break;
    }
}

PageCounts count_pages(std::uint64_t pages)
{
    PageCounts counts;
    for (std::uint64_t i = 0; i < mix_pages; i++) {
        const std::uint64_t many = pages / mix_pages + (i < pages % mix_pages ? 1 : 0);
        switch (kinds.at(i)) {
        case PageKind::zero:
            counts.zero += many;
            break;
        case PageKind::same:
            counts.same += many;
            break;
        case PageKind::text:
            counts.text += many;
            break;
        case PageKind::random:
            counts.random += many;
            break;
        }
    }
    return counts;
}

} // namespace memory_collector::pool
