// SPDX-License-Identifier: GPL-2.0-only
//
// Values that programs keep by process in a hash map (mc_bpf_process -> Value).
#pragma once

#include "model/process_table.h"
#include "source/ebpf/loading.h"

#include <memory_collector/bpf_records.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <span>
#include <type_traits>
#include <vector>

namespace memory_collector::ebpf {

template <typename Value> class ProcessMap {
    static_assert(std::is_trivially_copyable_v<Value>);

public:
    explicit ProcessMap(const bpf_map *map) : fd_(bpf_map__fd(map)), keys_(batch), values_(batch) {}

    // Calls visit(key, value) for every process there is. Throws Error.
    template <typename Visit> void for_each(Visit &&visit)
    {
        std::uint32_t in = 0;
        std::uint32_t out = 0;
        bool first = true;
        int error = 0;
        while (error == 0) {
            auto count = static_cast<std::uint32_t>(keys_.size());
            error = -bpf_map_lookup_batch(fd_, first ? nullptr : &in, &out, keys_.data(), values_.data(),
                                          &count, nullptr);
            if (error == ENOSPC) {
                // One bucket of the map holds more than there is room for.
                keys_.resize(keys_.size() * 2);
                values_.resize(keys_.size());
                error = 0;
                continue;
            }
            if (error != 0 && error != ENOENT)
                fail("read a map of the eBPF programs", error);
            for (std::uint32_t i = 0; i < count; i++)
                visit(ProcessKey{keys_[i].start_time_ns, keys_[i].tgid}, values_[i]);
            in = out;
            first = false;
        }
    }

    // Those are gone, what they did has been told.
    void forget(std::span<const ProcessKey> processes)
    {
        for (const ProcessKey &process : processes) {
            mc_bpf_process key{};
            key.start_time_ns = process.start_time_ns;
            key.tgid = process.pid;
            bpf_map_delete_elem(fd_, &key);
        }
    }

private:
    static constexpr std::size_t batch = 256;

    int fd_;
    std::vector<mc_bpf_process> keys_;
    std::vector<Value> values_;
};

} // namespace memory_collector::ebpf
