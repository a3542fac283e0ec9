// SPDX-License-Identifier: GPL-2.0-only
#pragma once

#include "source/event_table.h"
#include "source/page.h"
#include "support/fd.h"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

struct tracefs_instance;

namespace memory_collector {

// Where tracefs is mounted; mounts it on /sys/kernel/tracing if it is nowhere.
// Throws Error if that cannot be, or it is not for us.
std::string tracing_directory();

// The daemon's own ring buffers in tracefs. The caller holds the InstanceLock,
// so an instance of our name that is there already was left by one of us that
// was killed: it is removed and made anew.
class TracefsInstance {
public:
    static constexpr const char *name = "memory-collector";

    explicit TracefsInstance(std::uint64_t buffer_bytes_per_cpu);
    ~TracefsInstance();
    TracefsInstance(const TracefsInstance &) = delete;
    TracefsInstance &operator=(const TracefsInstance &) = delete;

    PageFormat page_format() const;
    // The module's formats as they are now.
    EventTable read_formats() const;
    // All of the module's events; the tick last, so that nothing that it
    // counts is missing behind the first one.
    void enable_events();
    void disable_events() noexcept;
    bool has_events() const;

    struct CpuBuffer {
        std::uint32_t cpu;
        UniqueFd fd;
    };
    // The binary buffers of all CPUs, for reading without blocking.
    std::vector<CpuBuffer> open_buffers() const { return open_buffers_of(directory_); }
    // The same of any instance's folder.
    static std::vector<CpuBuffer> open_buffers_of(const std::string &directory);

private:
    struct Free {
        void operator()(tracefs_instance *instance) const;
    };
    std::string file(const std::string &name) const;
    void write(const char *file, const std::string &text) const;

    std::string directory_;
    std::unique_ptr<tracefs_instance, Free> instance_;
};

} // namespace memory_collector
