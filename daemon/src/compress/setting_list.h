// SPDX-License-Identifier: GPL-2.0-only
//
// Settings as people write them: "lz4-fast-1,lz4-hc-9,zstd-3", or "all".
#pragma once

#include "compress/codec.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace memory_collector::compress {

// setting_name() with dashes.
std::string setting_word(const Setting &setting);
// Nothing if a word is none of all_settings().
std::optional<std::vector<Setting>> parse_settings(std::string_view list);

} // namespace memory_collector::compress
