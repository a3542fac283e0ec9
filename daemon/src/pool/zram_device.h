// SPDX-License-Identifier: GPL-2.0-only
//
// A zram device, by its files in sysfs: made by hot_add, configured, asked for its
// statistics, and taken away again. It knows nothing of swap.
#pragma once

#include "host/host_paths.h"
#include "pool/zram_stats.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace memory_collector::pool {

inline constexpr std::string_view zram_control = "/sys/class/zram-control";

// Numbers of the zram devices that there are, ascending.
std::vector<unsigned> zram_numbers(const HostPaths &host);

// "/dev/zram3", "zram3": 3. Nothing for any other name.
std::optional<unsigned> zram_number_of(std::string_view name);

class ZramDevice {
public:
    // A new one. Throws Error if the kernel has no zram, or makes none.
    static ZramDevice add(const HostPaths &host = {});
    // One that is there. Throws Error if it is not.
    static ZramDevice existing(unsigned number, const HostPaths &host = {});

    ZramDevice(ZramDevice &&other) noexcept;
    ZramDevice &operator=(ZramDevice &&other) = delete;
    ZramDevice(const ZramDevice &) = delete;
    ZramDevice &operator=(const ZramDevice &) = delete;
    // Takes one away that add() made and nobody kept; one that was there stays as it is.
    ~ZramDevice();

    unsigned number() const { return number_; }
    std::string name() const { return "zram" + std::to_string(number_); }
    std::string node() const { return "/dev/" + name(); }

    // It has a size, and so may hold data.
    bool initialised() const;
    std::uint64_t size() const;
    // Of all devices since boot; the same number later is another device if this differs.
    // Nothing before Linux 5.15.
    Count sequence() const;

    Algorithms algorithms() const;
    // Of the kernel's list, and before set_size(). Throws Error that names the list.
    void set_algorithm(std::string_view name);
    // A second one, for recompress(). Throws Error where the kernel has no such thing.
    void set_recompression(std::string_view name);
    std::vector<std::string> recompression() const;
    // Linux 4.7 and later take one stream per CPU, whatever is asked for. False: that is so here.
    bool set_streams(unsigned streams);
    void set_size(std::uint64_t bytes);
    // Of what the allocator takes; 0: none. Writes beyond it fail.
    void set_memory_limit(std::uint64_t bytes);

    // Throws Error if the device has gone.
    MemoryStat memory() const;
    std::optional<FailureStat> failures() const;
    std::optional<RequestStat> requests() const;
    std::optional<BackingStat> backing() const;

    // Compresses with the second algorithm what these words select (zram.rst).
    void recompress(const std::string &what);
    // Marks all of it as not used for long, for recompress("type=idle").
    void mark_all_idle();

    // Throws its data away, and its size. Waits for those who look at it for a moment, as
    // udev does; Error if it stays in use.
    void reset();
    // The same, and the device goes.
    void remove();
    // It stays after this object.
    void keep() { made_ = false; }

private:
    ZramDevice(HostPaths host, unsigned number, bool made);

    std::string at(std::string_view file) const;
    std::optional<std::string> read(std::string_view file) const;
    // 0, or errno.
    int write(std::string_view file, std::string_view text) const;
    void configure(std::string_view file, std::string_view text, std::string_view remedy) const;

    HostPaths host_;
    unsigned number_;
    bool made_;
};

} // namespace memory_collector::pool
