// SPDX-License-Identifier: GPL-2.0-only
//
// liblz4's block format, as kernels have it: no frame, no checksum.
#include "compress/codec_makers.h"
#include "support/error.h"
#include "support/secret_buffer.h"

#include <lz4.h>
#include <lz4hc.h>

namespace memory_collector::compress {

namespace {

const char *chars(std::span<const std::byte> bytes)
{
    return reinterpret_cast<const char *>(bytes.data());
}

char *chars(std::span<std::byte> bytes)
{
    return reinterpret_cast<char *>(bytes.data());
}

int length(std::size_t size)
{
    if (size > std::size_t{LZ4_MAX_INPUT_SIZE})
        throw Error("LZ4 takes no more than " + std::to_string(LZ4_MAX_INPUT_SIZE) +
                    " bytes at once; this is " + std::to_string(size));
    return static_cast<int>(size);
}

class Lz4Codec : public Codec {
public:
    explicit Lz4Codec(const Setting &setting)
        : Codec(setting), state_(static_cast<std::size_t>(setting.mode == Mode::lz4_hc ? LZ4_sizeofStateHC()
                                                                                       : LZ4_sizeofState()))
    {
        const int most = setting.mode == Mode::lz4_hc ? LZ4HC_CLEVEL_MAX : 65537;
        if (setting.level < 1 || setting.level > most)
            throw Error("liblz4 has no level " + std::to_string(setting.level) + ": 1 to " +
                        std::to_string(most));
    }

    std::size_t bound(std::size_t size) const override
    {
        return static_cast<std::size_t>(LZ4_compressBound(length(size)));
    }

    std::size_t compress(std::span<const std::byte> in, std::span<std::byte> out) override
    {
        const int room = static_cast<int>(std::min<std::size_t>(out.size(), std::size_t{LZ4_MAX_INPUT_SIZE}));
        const int written = setting().mode == Mode::lz4_hc
                                ? LZ4_compress_HC_extStateHC(state_.data(), chars(in), chars(out),
                                                             length(in.size()), room, setting().level)
                                : LZ4_compress_fast_extState(state_.data(), chars(in), chars(out),
                                                             length(in.size()), room, setting().level);
        if (written <= 0)
            throw Error(setting_name(setting()) + " refused " + std::to_string(in.size()) + " bytes");
        return static_cast<std::size_t>(written);
    }

    bool decompress(std::span<const std::byte> in, std::span<std::byte> out) override
    {
        const int read = LZ4_decompress_safe(chars(in), chars(out), length(in.size()), length(out.size()));
        return read >= 0 && static_cast<std::size_t>(read) == out.size();
    }

    void wipe() override { state_.wipe(); }

private:
    SecretBuffer state_;
};

} // namespace

std::unique_ptr<Codec> make_lz4_codec(const Setting &setting)
{
    return std::make_unique<Lz4Codec>(setting);
}

} // namespace memory_collector::compress
