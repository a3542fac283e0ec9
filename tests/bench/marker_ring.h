// SPDX-License-Identifier: GPL-2.0-only
//
// A kernel ring full of rdt_sample payloads on a machine that loads no module:
// user space writes them to trace_marker_raw of a private tracefs instance, and
// the kernel lays them out as it does its own events.
#pragma once

#include "source/event_table.h"
#include "source/page.h"
#include "source/tracefs_instance.h"
#include "trace_support.h"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

struct tracefs_instance;

namespace memory_collector::bench {

class MarkerRing {
public:
    // struct raw_data_entry: the common header, a number that the writer
    // chooses, then the data.
    static constexpr std::uint16_t payload_at = 12;

    // Throws Error if this machine has no tracefs that we may use.
    explicit MarkerRing(std::uint64_t bytes_per_cpu);
    ~MarkerRing();
    MarkerRing(const MarkerRing &) = delete;
    MarkerRing &operator=(const MarkerRing &) = delete;

    // Writes so many samples to every CPU's ring, six a slot; slots go on from
    // the last call. Returns how many there are in all rings.
    std::uint64_t fill(std::uint64_t per_cpu);
    // Events that did not fit, ever.
    std::uint64_t overrun() const;
    // Empties the rings.
    void clear() const;

    std::vector<TracefsInstance::CpuBuffer> open_buffers() const;
    // The module's formats, with rdt_sample as raw_data carries it.
    EventTable table() const;
    testing::Formats::Tep parsed_formats() const;
    tracefs_instance *instance() const { return instance_.get(); }
    static PageFormat page_format() { return {}; }

private:
    struct Destroy {
        void operator()(tracefs_instance *instance) const;
    };
    std::unique_ptr<tracefs_instance, Destroy> instance_;
    std::string directory_;
    testing::Formats formats_;
    std::uint16_t type_ = 0;
    std::vector<std::uint32_t> cpus_;
    std::uint64_t slot_ = 1'000'000'000;
    std::vector<std::uint64_t> totals_;
};

} // namespace memory_collector::bench
