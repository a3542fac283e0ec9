// SPDX-License-Identifier: GPL-2.0-only
//
// How well pages compress, and what that costs: a batch of pages at a time, by
// each setting. Between batches nothing of a page is kept.
#pragma once

#include "compress/codec.h"
#include "compress/estimate.h"
#include "compress/statistics.h"
#include "compress/zram_forecast.h"
#include "support/secret_buffer.h"

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

namespace memory_collector::compress {

// Pages whose times are taken together: one alone is too short for a clock.
inline constexpr std::size_t batch_pages = 16;

// One word, repeated.
bool same_filled(std::span<const std::byte> page);

// What is found out about one process.
class PageFigures {
public:
    PageFigures(std::size_t settings, const ZsmallocRules &rules) : settings_(settings, OfSetting{rules}) {}

    std::uint64_t pages() const { return pages_; }
    // The part of an estimate that is about contents and cost. Of a population of so many pages.
    void fill(MemoryEstimate &to, std::span<const Setting> settings, std::uint64_t population) const;

private:
    friend class PageMeter;
    struct OfSetting {
        explicit OfSetting(const ZsmallocRules &rules) : zram(rules) {}

        ZramForecast zram; // without same-filled pages
        RunningMean ratio;
        RunningMean compress_ns;
        RunningMean decompress_ns;
    };
    std::uint64_t pages_ = 0;
    std::uint64_t same_filled_ = 0;
    std::uint64_t incompressible_ = 0;
    std::vector<OfSetting> settings_;
};

class PageMeter {
public:
    // The baseline is always among them, first. Throws Error for a setting that is none.
    explicit PageMeter(std::span<const Setting> settings);

    const std::vector<Setting> &settings() const { return settings_; }
    // Where the next page is read to.
    std::span<std::byte> next() const { return page(used_); }
    // It was read: looks at it, and if it makes a batch full, at the batch.
    void add(PageFigures &to);
    // Whether pages are kept that were not compressed yet.
    bool pending() const { return used_ != 0; }
    // The batch as it is. Throws Error if a codec does not give back what it was given.
    void finish(PageFigures &to);
    // Forgets what is pending, and all that next() or the codecs hold.
    void wipe();

private:
    std::span<std::byte> page(std::size_t number) const
    {
        return pages_.bytes().subspan(number * page_bytes, page_bytes);
    }
    void measure(std::size_t setting, PageFigures &to);

    std::vector<Setting> settings_;
    std::vector<std::unique_ptr<Codec>> codecs_;
    std::size_t bound_ = 0; // of a page, by any of them
    SecretBuffer pages_;
    SecretBuffer compressed_;
    SecretBuffer back_;
    std::size_t used_ = 0;
};

} // namespace memory_collector::compress
