// SPDX-License-Identifier: GPL-2.0-only
#pragma once

#include "model/model.h"
#include "source/event_table.h"
#include "source/merger.h"
#include "source/reader_page.h"
#include "source/ring_cursor.h"
#include "source/tracefs_instance.h"

#include <cstdint>
#include <vector>

namespace memory_collector {

// The ring buffers of all CPUs, read and fed to the model: one loading of the
// module, whose formats hold as long.
class LiveRing {
public:
    LiveRing(const TracefsInstance &instance, Model &model);
    LiveRing(EventTable table, std::vector<TracefsInstance::CpuBuffer> buffers, const PageFormat &format,
             Model &model);

    // Reads what is there and processes what is ripe of it. Returns false if
    // there was more than one round reads: come again at once.
    bool round();
    // Processes all that was read, and what can still be read.
    void drain();

private:
    bool read();

    EventTable table_;
    std::vector<TracefsInstance::CpuBuffer> buffers_;
    std::vector<RingCursor> cursors_;
    std::vector<ReaderPage> reader_pages_;
    Merger<RingCursor> merger_;
    PageFormat format_;
};

} // namespace memory_collector
