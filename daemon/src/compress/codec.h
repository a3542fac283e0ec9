// SPDX-License-Identifier: GPL-2.0-only
//
// The compressors that are compared, each with its levels, behind one
// interface. Contexts are made once and lie in memory of our own, so that what
// they keep of the input can be wiped, and that calls allocate nothing.
#pragma once

#include <compare>
#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace memory_collector::compress {

enum class Mode { lz4_fast, lz4_hc, zstd };

struct Setting {
    Mode mode = Mode::lz4_fast;
    int level = 1; // of lz4_fast: its acceleration, where more is faster

    auto operator<=>(const Setting &) const = default;
};

// What decisions are held against: what kernels use for zram and zswap as "lz4".
inline constexpr Setting baseline{Mode::lz4_fast, 1};

std::string_view codec_name(Mode mode); // "lz4" or "zstd"
std::string_view mode_name(Mode mode);  // "fast", "hc" or "default"
// "lz4 fast 1", "lz4 hc 9", "zstd 3"
std::string setting_name(const Setting &setting);

// LZ4 fast 1, 2, 4, 8, 16; LZ4 HC 3, 6, 9, 12; zstd 1 to 19.
std::span<const Setting> all_settings();

class Codec {
public:
    virtual ~Codec() = default;

    const Setting &setting() const { return setting_; }
    // The most bytes that so many can become.
    virtual std::size_t bound(std::size_t size) const = 0;
    // The bytes written to out, which has room for bound(in.size()).
    // Throws Error if the library refuses.
    virtual std::size_t compress(std::span<const std::byte> in, std::span<std::byte> out) = 0;
    // False if it is damaged, or is not of out's size.
    virtual bool decompress(std::span<const std::byte> in, std::span<std::byte> out) = 0;
    // Forgets what the contexts keep of the input.
    virtual void wipe() = 0;

protected:
    explicit Codec(const Setting &setting) : setting_(setting) {}

private:
    Setting setting_;
};

// Its contexts suit inputs up to this size. Throws Error if the library has no such level.
std::unique_ptr<Codec> make_codec(const Setting &setting, std::size_t largest_input);

} // namespace memory_collector::compress
