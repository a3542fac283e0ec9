// SPDX-License-Identifier: GPL-2.0-only
#include "compress/page_meter.h"

#include "support/clock.h"
#include "support/error.h"

#include <algorithm>
#include <array>
#include <cstring>

namespace memory_collector::compress {

namespace {

std::uint64_t thread_cpu_ns()
{
    return clock_ns(CLOCK_THREAD_CPUTIME_ID);
}

// A few pages in a batch say little of what one costs.
constexpr std::size_t least_timed = batch_pages / 2;

} // namespace

bool same_filled(std::span<const std::byte> page)
{
    constexpr std::size_t word = sizeof(std::uint64_t);
    return std::memcmp(page.data(), page.data() + word, page.size() - word) == 0;
}

void PageFigures::fill(MemoryEstimate &to, std::span<const Setting> settings, std::uint64_t population) const
{
    to.sampled_pages = pages_;
    to.same_filled_share = share_mean(same_filled_, pages_, population);
    to.incompressible_share = share_mean(incompressible_, pages_, population);
    to.settings.clear();
    if (pages_ == same_filled_)
        return;
    const double sampled = static_cast<double>(pages_) / static_cast<double>(std::max(population, pages_));
    for (std::size_t i = 0; i < settings.size(); i++) {
        ZramForecast zram = settings_.at(i).zram;
        zram.add_same_filled(same_filled_);
        to.settings.push_back({settings[i], bounded_mean(settings_.at(i).ratio, sampled),
                               measured_mean(settings_.at(i).compress_ns),
                               measured_mean(settings_.at(i).decompress_ns),
                               zram.of(std::max(population, pages_))});
    }
}

PageMeter::PageMeter(std::span<const Setting> settings)
    : settings_{baseline}, pages_(batch_pages * page_bytes), back_(batch_pages * page_bytes)
{
    for (const Setting &setting : settings)
        if (std::find(settings_.begin(), settings_.end(), setting) == settings_.end())
            settings_.push_back(setting);
    for (const Setting &setting : settings_) {
        codecs_.push_back(make_codec(setting, page_bytes));
        bound_ = std::max(bound_, codecs_.back()->bound(page_bytes));
    }
    compressed_ = SecretBuffer{batch_pages * bound_};
    // The first time a codec runs it fetches its code and its tables: not what a page costs.
    PageFigures unused{settings_.size(), {}};
    used_ = batch_pages;
    finish(unused);
}

void PageMeter::add(PageFigures &to)
{
    to.pages_++;
    if (same_filled(page(used_))) {
        to.same_filled_++;
        return;
    }
    if (++used_ == batch_pages)
        finish(to);
}

void PageMeter::finish(PageFigures &to)
{
    if (used_ != 0)
        for (std::size_t i = 0; i < settings_.size(); i++)
            measure(i, to);
    wipe();
}

void PageMeter::wipe()
{
    used_ = 0;
    pages_.wipe();
    compressed_.wipe();
    back_.wipe();
    for (const auto &codec : codecs_)
        codec->wipe();
}

void PageMeter::measure(std::size_t setting, PageFigures &to)
{
    Codec &codec = *codecs_.at(setting);
    std::array<std::size_t, batch_pages> sizes{};
    const auto compressed = [&](std::size_t i) { return compressed_.bytes().subspan(i * bound_, bound_); };
    const auto back = [&](std::size_t i) { return back_.bytes().subspan(i * page_bytes, page_bytes); };
    bool whole = true;
    const std::uint64_t begin = thread_cpu_ns();
    for (std::size_t i = 0; i < used_; i++)
        sizes.at(i) = codec.compress(page(i), compressed(i));
    const std::uint64_t middle = thread_cpu_ns();
    for (std::size_t i = 0; i < used_; i++)
        whole &= codec.decompress(compressed(i).first(sizes.at(i)), back(i));
    const std::uint64_t end = thread_cpu_ns();
    if (!whole || std::memcmp(pages_.data(), back_.data(), used_ * page_bytes) != 0)
        throw Error(setting_name(codec.setting()) +
                    " does not give back the page that it was given; this library is not to be trusted");

    PageFigures::OfSetting &figures = to.settings_.at(setting);
    for (std::size_t i = 0; i < used_; i++) {
        const std::size_t size = std::min(sizes.at(i), page_bytes);
        figures.zram.add(size);
        figures.ratio.add(static_cast<double>(size) / static_cast<double>(page_bytes));
        if (setting == 0 && size > incompressible_above)
            to.incompressible_++;
    }
    if (used_ < least_timed && figures.compress_ns.count() != 0)
        return;
    figures.compress_ns.add(static_cast<double>(middle - begin) / static_cast<double>(used_));
    figures.decompress_ns.add(static_cast<double>(end - middle) / static_cast<double>(used_));
}

} // namespace memory_collector::compress
