// SPDX-License-Identifier: GPL-2.0-only
//
// Each library's codecs are made in its own file.
#pragma once

#include "compress/codec.h"

namespace memory_collector::compress {

std::unique_ptr<Codec> make_lz4_codec(const Setting &setting);
std::unique_ptr<Codec> make_zstd_codec(const Setting &setting, std::size_t largest_input);

} // namespace memory_collector::compress
