// SPDX-License-Identifier: GPL-2.0-only
#include "compress/codec.h"

#include "compress/codec_makers.h"
#include "support/error.h"

#include <array>

namespace memory_collector::compress {

namespace {

constexpr auto settings = [] {
    constexpr int accelerations[] = {1, 2, 4, 8, 16};
    constexpr int hc_levels[] = {3, 6, 9, 12};
    constexpr int zstd_levels = 19;
    std::array<Setting, std::size(accelerations) + std::size(hc_levels) + zstd_levels> all{};
    std::size_t at = 0;
    for (const int level : accelerations)
        all[at++] = {Mode::lz4_fast, level};
    for (const int level : hc_levels)
        all[at++] = {Mode::lz4_hc, level};
    for (int level = 1; level <= zstd_levels; level++)
        all[at++] = {Mode::zstd, level};
    return all;
}();

} // namespace

std::string_view codec_name(Mode mode)
{
    return mode == Mode::zstd ? "zstd" : "lz4";
}

std::string_view mode_name(Mode mode)
{
    switch (mode) {
    case Mode::lz4_fast:
        return "fast";
    case Mode::lz4_hc:
        return "hc";
    case Mode::zstd:
        break;
    }
    return "default";
}

std::string setting_name(const Setting &setting)
{
    std::string name{codec_name(setting.mode)};
    if (setting.mode != Mode::zstd)
        name.append(" ").append(mode_name(setting.mode));
    return name + " " + std::to_string(setting.level);
}

std::span<const Setting> all_settings()
{
    return settings;
}

std::unique_ptr<Codec> make_codec(const Setting &setting, std::size_t largest_input)
{
    return setting.mode == Mode::zstd ? make_zstd_codec(setting, largest_input) : make_lz4_codec(setting);
}

} // namespace memory_collector::compress
