// SPDX-License-Identifier: GPL-2.0-only
//
// libzstd's frames without a checksum, their contexts in memory of ours: what
// that takes is in libzstd's "static" part, which the shared library has, too.
#define ZSTD_STATIC_LINKING_ONLY
#include "compress/codec_makers.h"
#include "support/error.h"
#include "support/secret_buffer.h"

#include <zstd.h>

#include <algorithm>

namespace memory_collector::compress {

namespace {

int checked(int level)
{
    if (level < 1 || level > ZSTD_maxCLevel())
        throw Error("libzstd has no level " + std::to_string(level) + ": 1 to " +
                    std::to_string(ZSTD_maxCLevel()));
    return level;
}

// libzstd has other tables for short inputs, and they are not always the smaller ones.
std::size_t context_size(int level, std::size_t largest_input)
{
    std::size_t most = 0;
    for (std::size_t size = largest_input; size != 0; size /= 2)
        most = std::max(most, ZSTD_estimateCCtxSize_usingCParams(ZSTD_getCParams(level, size, 0)));
    return most;
}

class ZstdCodec : public Codec {
public:
    ZstdCodec(const Setting &setting, std::size_t largest_input)
        : Codec(setting), compress_memory_(context_size(checked(setting.level), largest_input)),
          decompress_memory_(ZSTD_estimateDCtxSize())
    {
        start();
    }

    std::size_t bound(std::size_t size) const override { return ZSTD_compressBound(size); }

    std::size_t compress(std::span<const std::byte> in, std::span<std::byte> out) override
    {
        const std::size_t written =
            ZSTD_compressCCtx(compress_, out.data(), out.size(), in.data(), in.size(), setting().level);
        if (ZSTD_isError(written) != 0)
            throw Error(setting_name(setting()) + " refused " + std::to_string(in.size()) +
                        " bytes: " + ZSTD_getErrorName(written));
        return written;
    }

    bool decompress(std::span<const std::byte> in, std::span<std::byte> out) override
    {
        const std::size_t read =
            ZSTD_decompressDCtx(decompress_, out.data(), out.size(), in.data(), in.size());
        return ZSTD_isError(read) == 0 && read == out.size();
    }

    void wipe() override
    {
        compress_memory_.wipe();
        decompress_memory_.wipe();
        start();
    }

private:
    void start()
    {
        compress_ = ZSTD_initStaticCCtx(compress_memory_.data(), compress_memory_.size());
        decompress_ = ZSTD_initStaticDCtx(decompress_memory_.data(), decompress_memory_.size());
        if (compress_ == nullptr || decompress_ == nullptr)
            throw Error(setting_name(setting()) + ": libzstd does not take the memory that it asked for");
    }

    SecretBuffer compress_memory_;
    SecretBuffer decompress_memory_;
    ZSTD_CCtx *compress_ = nullptr;
    ZSTD_DCtx *decompress_ = nullptr;
};

} // namespace

std::unique_ptr<Codec> make_zstd_codec(const Setting &setting, std::size_t largest_input)
{
    return std::make_unique<ZstdCodec>(setting, largest_input);
}

} // namespace memory_collector::compress
