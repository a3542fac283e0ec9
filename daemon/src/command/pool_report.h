// SPDX-License-Identifier: GPL-2.0-only
//
// What `pool trigger` and `pool recompress` have done, for people or as JSON.
#pragma once

#include "pool/recompress.h"
#include "pool/trigger.h"

#include <iosfwd>

namespace memory_collector {

void write_compressed(std::ostream &out, const pool::Compressed &done, bool json);
void write_decompressed(std::ostream &out, const pool::Decompressed &done, bool json);
void write_recompressed(std::ostream &out, const pool::Recompressed &done, bool json);

} // namespace memory_collector
