// SPDX-License-Identifier: GPL-2.0-only
#include "lab/region.h"

#include "support/error.h"

#include <spdlog/fmt/fmt.h>

#include <sys/mman.h>

#include <algorithm>
#include <cerrno>
#include <cmath>

namespace memory_collector::lab {

namespace {

void touch(std::span<std::byte> page, std::uint64_t where)
{
    auto *const words = reinterpret_cast<volatile std::uint64_t *>(page.data());
    const std::size_t word = where % (page.size() / sizeof(std::uint64_t));
    words[word] = words[word];
}

} // namespace

Region::Region(std::size_t pages) : pages_(pages)
{
    if (pages == 0)
        return;
    void *const at = ::mmap(nullptr, pages * page_size(), PROT_READ | PROT_WRITE,
                            MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (at == MAP_FAILED)
        throw Error(fmt::format("cannot map {} bytes: {}", pages * page_size(), error_text(errno)));
    at_ = static_cast<std::byte *>(at);
    // EINVAL: the kernel has none.
    (void)::madvise(at, pages * page_size(), MADV_NOHUGEPAGE);
}

Region::~Region()
{
    if (at_ != nullptr)
        ::munmap(at_, pages_ * page_size());
}

std::span<std::byte> Region::bytes() const
{
    return {at_, pages_ * page_size()};
}

std::span<std::byte> Region::page(std::size_t number) const
{
    return bytes().subspan(number * page_size(), page_size());
}

void Region::drop() const
{
    if (at_ != nullptr)
        ::madvise(at_, pages_ * page_size(), MADV_DONTNEED);
}

std::size_t write_all(Worker &worker, const Region &region)
{
    constexpr std::size_t step = 64;
    // Some of what is measured comes from all of the region.
    const std::uint64_t spread = std::max<std::uint64_t>(1, region.pages() / 128);
    std::size_t done = 0;
    while (done < region.pages() && !worker.over()) {
        const std::size_t count = std::min(step, region.pages() - done);
        worker.write(region.bytes().subspan(done * page_size(), count * page_size()), spread);
        done += count;
    }
    worker.counts().held_bytes = std::max<std::uint64_t>(worker.counts().held_bytes, done * page_size());
    worker.counts().most_held_bytes =
        std::max<std::uint64_t>(worker.counts().most_held_bytes, worker.counts().held_bytes);
    return done;
}

PagePicker::PagePicker(const CommonOptions &common, std::size_t pages)
    : hot_(std::min<std::size_t>(
          pages, static_cast<std::size_t>(std::ceil(common.hot_share * static_cast<double>(pages))))),
      cold_(pages - hot_), hot_access_share_(hot_ == 0 ? 0 : common.hot_access_share)
{
}

void touch_picked(Worker &worker, const Region &region, const PagePicker &picker, std::uint64_t count)
{
    std::uint64_t hot = 0;
    for (std::uint64_t i = 0; i < count; i++) {
        const auto [page, is_hot] = picker.draw(worker.random());
        touch(region.page(page), i);
        hot += is_hot ? 1 : 0;
    }
    worker.counts().pages_touched += count;
    worker.counts().hot_touches += hot;
    worker.counts().cold_touches += count - hot;
}

} // namespace memory_collector::lab
