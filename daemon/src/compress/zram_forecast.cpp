// SPDX-License-Identifier: GPL-2.0-only
#include "compress/zram_forecast.h"

#include <cmath>
#include <numeric>

namespace memory_collector::compress {

ZramForecast::ZramForecast(const ZsmallocRules &rules) : classes_(rules), objects_(classes_.classes().size())
{
}

void ZramForecast::add(std::size_t compressed_bytes)
{
    const bool huge = compressed_bytes >= classes_.huge_from();
    const std::size_t stored = huge ? page_bytes : compressed_bytes;
    huge_ += huge ? 1 : 0;
    compressed_bytes_ += stored;
    objects_[classes_.index_of(stored)]++;
}

std::uint64_t ZramForecast::pages() const
{
    return std::accumulate(objects_.begin(), objects_.end(), same_filled_);
}

ZramUse ZramForecast::of(std::uint64_t pages) const
{
    ZramUse use;
    const std::uint64_t added = this->pages();
    if (added == 0)
        return use;
    const double scale = static_cast<double>(pages) / static_cast<double>(added);
    const auto scaled = [&](std::uint64_t count) { return static_cast<double>(count) * scale; };
    const auto whole = [](double value) { return static_cast<std::uint64_t>(std::llround(value)); };
    use.orig_data_size = pages * page_bytes;
    use.compr_data_size = whole(scaled(compressed_bytes_));
    use.same_pages = whole(scaled(same_filled_));
    use.huge_pages = whole(scaled(huge_));
    for (std::size_t i = 0; i < objects_.size(); i++) {
        const ZsmallocClasses::Class &one = classes_.classes()[i];
        // The last zspage of a class is whole from its first object on. Rounded a little
        // short: 3 times a third is not to begin another.
        const double zspages = std::ceil(scaled(objects_[i]) / one.objects - 1e-9);
        use.mem_used_total += static_cast<std::uint64_t>(zspages) * one.pages * page_bytes;
    }
    return use;
}

} // namespace memory_collector::compress
