// SPDX-License-Identifier: GPL-2.0-only
//
// The sampler's parts on this test's own memory: which pages are found and read, what is measured of
// them, and which are cold, by files in place of the kernel's.
#include "compress/coldness.h"
#include "compress/page_meter.h"
#include "compress/page_reader.h"
#include "compress/population.h"
#include "support/fd.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <cstring>
#include <random>
#include <string>
#include <vector>

#include <gtest/gtest.h>

using namespace memory_collector;
using namespace memory_collector::compress;

namespace {

// Pages that were never touched, until they are.
class Area {
public:
    explicit Area(std::size_t pages, int sharing = MAP_PRIVATE)
        : size_(pages * page_bytes),
          memory_(static_cast<std::byte *>(
              ::mmap(nullptr, size_, PROT_READ | PROT_WRITE, sharing | MAP_ANONYMOUS, -1, 0)))
    {
        ::madvise(memory_, size_, MADV_NOHUGEPAGE);
    }
    Area(const Area &) = delete;
    Area &operator=(const Area &) = delete;
    ~Area() { ::munmap(memory_, size_); }

    std::span<std::byte> page(std::size_t i) const { return {memory_ + i * page_bytes, page_bytes}; }
    std::uint64_t address(std::size_t i = 0) const
    {
        return reinterpret_cast<std::uintptr_t>(memory_) + i * page_bytes;
    }
    bool holds(const PageAt &page) const
    {
        return page.address >= address() && page.address < address() + size_;
    }

private:
    std::size_t size_;
    std::byte *memory_;
};

ProcessMemory own_memory()
{
    auto opened = ProcessMemory::open(static_cast<std::uint32_t>(::getpid()));
    EXPECT_TRUE(opened.memory);
    return std::move(*opened.memory);
}

Population everything(bool scan)
{
    PopulationOptions options{.most_sampled = 1 << 20, .shmem = {kernel_shmem_device()}};
    options.zero_frame = zero_page_frame();
    options.scan = scan;
    return find_population(own_memory(), options);
}

std::vector<std::uint64_t> of(const Area &area, const Population &population, bool shmem)
{
    std::vector<std::uint64_t> found;
    for (const PageAt &page : population.sample)
        if (area.holds(page) && page.shmem == shmem)
            found.push_back((page.address - area.address()) / page_bytes);
    std::sort(found.begin(), found.end());
    return found;
}

void fill_random(std::span<std::byte> page, unsigned seed)
{
    std::mt19937 random{seed};
    for (std::byte &byte : page)
        byte = static_cast<std::byte>(random() & 0xff);
}

// A file that is there as long as the descriptor.
struct TemporaryFile {
    TemporaryFile() : fd(::mkstemp(path.data())) {}
    TemporaryFile(const TemporaryFile &) = delete;
    TemporaryFile &operator=(const TemporaryFile &) = delete;
    ~TemporaryFile() { ::unlink(path.c_str()); }

    std::string path = "/tmp/memory-collector-idle.XXXXXX";
    UniqueFd fd;
};

} // namespace

TEST(CompressPopulation, PagesThatWereWrittenAndNoOthersByBothWaysToLook)
{
    const Area written{600};
    const Area shared{5, MAP_SHARED};
    for (const std::size_t i : {3u, 4u, 511u, 512u, 599u})
        written.page(i)[0] = std::byte{1};
    shared.page(2)[0] = std::byte{1};
    // A page of zeros that takes no memory, where frames show that.
    static_cast<void>(*static_cast<const volatile std::byte *>(written.page(100).data()));
    for (const bool scan : {true, false}) {
        if (!scan && zero_page_frame() == 0)
            continue;
        const Population found = everything(scan);
        EXPECT_EQ(of(written, found, false), (std::vector<std::uint64_t>{3, 4, 511, 512, 599})) << scan;
        EXPECT_EQ(of(shared, found, true), (std::vector<std::uint64_t>{2})) << scan;
        EXPECT_EQ(found.sample.size(), found.pages());
#ifdef __SANITIZE_ADDRESS__
        // Its shadow memory is larger than what is looked at entry by entry.
        if (!scan)
            continue;
#endif
        EXPECT_EQ(found.unseen_pages, 0u);
    }
}

TEST(CompressPopulation, LockedPagesAreLeftOut)
{
    const Area locked{8};
    std::memset(locked.page(0).data(), 1, 8 * page_bytes);
    // Not by the C library: AddressSanitizer makes nothing of its mlock().
    if (::syscall(SYS_mlock, locked.page(0).data(), 8 * page_bytes) != 0)
        GTEST_SKIP() << "mlock is not allowed here";
    const Population found = everything(true);
    EXPECT_TRUE(of(locked, found, false).empty());
    EXPECT_GE(found.locked_pages, 8u);
}

TEST(CompressPageReader, WhatIsAbsentStaysAbsent)
{
    const Area area{3};
    const ProcessMemory memory = own_memory();
    std::array<std::byte, page_bytes> to{};
    ReadCounts counts;
    EXPECT_FALSE(read_present_page(memory, {area.address(1), false}, to, counts));
    EXPECT_EQ(counts.gone, 1u);
    EXPECT_FALSE(memory.entry(area.address(1))->present());
    fill_random(area.page(1), 1);
    ASSERT_TRUE(read_present_page(memory, {area.address(1), false}, to, counts));
    EXPECT_EQ(std::memcmp(to.data(), area.page(1).data(), page_bytes), 0);
    // It was chosen as a page of shared memory, and is none now.
    EXPECT_FALSE(read_present_page(memory, {area.address(1), true}, to, counts));
    EXPECT_EQ(counts.read, 1u);
    EXPECT_EQ(counts.all(), 3u);
}

TEST(CompressPageMeter, CountsWhatItIsGiven)
{
    PageMeter meter{std::vector<Setting>{{Mode::zstd, 1}, baseline}};
    ASSERT_EQ(meter.settings(), (std::vector<Setting>{baseline, {Mode::zstd, 1}}));
    PageFigures figures{2, {}};
    for (unsigned i = 0; i < 40; i++) {
        const auto page = meter.next();
        if (i % 4 == 0)
            std::memset(page.data(), static_cast<int>(i), page.size());
        else if (i % 4 == 1)
            fill_random(page, i);
        else
            for (std::size_t j = 0; j < page.size(); j++)
                page[j] = static_cast<std::byte>(j % 100 + i);
        meter.add(figures);
    }
    EXPECT_TRUE(meter.pending());
    meter.finish(figures);
    EXPECT_FALSE(meter.pending());
    EXPECT_TRUE(std::all_of(meter.next().begin(), meter.next().end(),
                            [](std::byte byte) { return byte == std::byte{}; }));
    MemoryEstimate estimate;
    figures.fill(estimate, meter.settings(), 40);
    EXPECT_EQ(estimate.sampled_pages, 40u);
    EXPECT_DOUBLE_EQ(estimate.same_filled_share.value, 0.25);
    EXPECT_DOUBLE_EQ(estimate.incompressible_share.value, 0.25);
    ASSERT_EQ(estimate.settings.size(), 2u);
    // A third of what is not same-filled does not shrink at all; what shrinks becomes very short.
    for (const SettingEstimate &setting : estimate.settings) {
        EXPECT_GT(setting.ratio.value, 1.0 / 3);
        EXPECT_LT(setting.ratio.value, 1.0 / 3 + 0.1);
        EXPECT_GT(setting.compress_ns.value, 0);
        EXPECT_GT(setting.decompress_ns.value, 0);
    }
}

TEST(CompressPageMeter, OneWordRepeatedIsSameFilledAndNothingElseIs)
{
    std::array<std::byte, page_bytes> page{};
    EXPECT_TRUE(same_filled(page));
    for (std::size_t i = 0; i < page.size(); i++)
        page.at(i) = static_cast<std::byte>(i % 8);
    EXPECT_TRUE(same_filled(page));
    page.back() = std::byte{9};
    EXPECT_FALSE(same_filled(page));
}

TEST(CompressIdlePages, PagesWhoseMarksAreLeftAreCold)
{
    if (zero_page_frame() == 0)
        GTEST_SKIP() << "page frames are not shown to this user";
    const Area area{200};
    const ProcessMemory memory = own_memory();
    Population population;
    // The kernel adds marks to those of a word; in a file the last write stays: a word for each page.
    std::vector<std::uint64_t> words;
    std::vector<std::uint64_t> frames;
    for (std::size_t i = 0; i < 200; i++) {
        area.page(i)[0] = std::byte{1};
        const std::uint64_t word = memory.entry(area.address(i))->frame() / 64;
        if (std::find(words.begin(), words.end(), word) != words.end())
            continue;
        words.push_back(word);
        frames.push_back(memory.entry(area.address(i))->frame());
        population.sample.push_back({area.address(i), false});
    }
    population.anonymous_pages = words.size();
    const TemporaryFile bitmap;
    const TemporaryFile flags;
    // Not on an LRU list: the kernel would not mark them.
    EXPECT_TRUE(make_idle_pages(bitmap.path, flags.path)->begin(memory, population));
    for (const std::uint64_t frame : frames) {
        const std::uint64_t on_lru = 1 << 5;
        ASSERT_EQ(::pwrite(flags.fd.get(), &on_lru, sizeof(on_lru), static_cast<off_t>(frame * 8)), 8);
    }
    const auto idle = make_idle_pages(bitmap.path, flags.path);
    ASSERT_TRUE(idle);
    const auto why_not = idle->begin(memory, population);
    ASSERT_FALSE(why_not) << *why_not;
    EXPECT_EQ(idle->end(memory, population, 1)->value, 1);
    // As the kernel does when a page is used.
    for (std::size_t used = 1; used <= words.size(); used++) {
        const std::uint64_t none = 0;
        ASSERT_EQ(::pwrite(bitmap.fd.get(), &none, sizeof(none), static_cast<off_t>(words[used - 1] * 8)), 8);
        EXPECT_DOUBLE_EQ(idle->end(memory, population, 1)->value,
                         static_cast<double>(words.size() - used) / static_cast<double>(words.size()));
    }
    EXPECT_FALSE(make_idle_pages("/nonexistent/bitmap", flags.path));
    // It takes every mark and shows none: pages that are in use at every moment.
    const auto busy = make_idle_pages("/dev/zero", flags.path);
    ASSERT_FALSE(busy->begin(memory, population));
    EXPECT_EQ(busy->end(memory, population, 1)->value, 0);
}
