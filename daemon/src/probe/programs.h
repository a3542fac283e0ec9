// SPDX-License-Identifier: GPL-2.0-only
//
// What the probes' skeletons have in common: filter, counts, ring.
#pragma once

#include "probe/probe.h"
#include "probe/settings.h"
#include "source/ebpf/cpu_counts.h"
#include "source/ebpf/loading.h"

#include <memory_collector/probe_records.h>

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>

#include <array>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <functional>
#include <initializer_list>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace memory_collector::probe {

template <typename Skeleton> using Owned = ebpf::SkeletonPtr<Skeleton, Skeleton::destroy>;

template <typename Skeleton> Owned<Skeleton> opened(const Settings &settings, const char *what)
{
    ebpf::quiet_libbpf();
    Owned<Skeleton> skeleton{Skeleton::open()};
    if (!skeleton)
        ebpf::fail(std::string{"open the eBPF programs of probe "} + what, errno);
    skeleton->rodata->filter = kernel_filter(settings);
    return skeleton;
}

void place_cgroup(const bpf_map *map, const std::string &name);

template <typename Skeleton> void start(Skeleton &skeleton, const Settings &settings, const char *what)
{
    if (const int error = Skeleton::load(&skeleton); error != 0)
        ebpf::fail(std::string{"load the eBPF programs of probe "} + what, -error);
    if (!settings.cgroup.empty())
        place_cgroup(skeleton.maps.probe_cgroup, settings.cgroup);
    if (const int error = Skeleton::attach(&skeleton); error != 0)
        ebpf::fail(std::string{"attach the eBPF programs of probe "} + what, -error);
}

// Of programs and probe_counts together.
Account account_of(const bpf_map *counts, std::initializer_list<const bpf_program *> programs);

// kind is a row of MC_PROBE_BUCKETS in the map.
std::array<std::uint64_t, MC_PROBE_BUCKETS> histogram_of(const bpf_map *map, std::uint32_t kind);

// visit(key, value) for each process of a summary's map.
template <typename Value, typename Visit> void each_process(const bpf_map *map, Visit &&visit)
{
    mc_probe_process_key key{};
    mc_probe_process_key next{};
    const int fd = bpf_map__fd(map);
    for (const void *from = nullptr; bpf_map_get_next_key(fd, from, &next) == 0; from = &key) {
        key = next;
        Value value{};
        if (bpf_map_lookup_elem(fd, &key, &value) == 0)
            visit(key, value);
    }
}

// Events out of a ring, in the order in which they came.
class EventRing {
public:
    // Of so many bytes or the next power of two; before the map is made.
    static void resize(bpf_map *map, std::uint64_t bytes);

    // `take` gets each event, whose size is at least `least`.
    EventRing(const bpf_map *map, std::size_t least, std::function<void(const void *)> take);
    int fd() const { return ring_buffer__epoll_fd(ring_.get()); }
    // Takes what is there, but not so much that nothing else is looked at: true if there is more.
    bool drain();
    std::uint64_t taken() const { return taken_; }

private:
    struct FreeRing {
        void operator()(ring_buffer *ring) const { ring_buffer__free(ring); }
    };
    static int one(void *self, void *data, std::size_t size);

    std::size_t least_;
    std::function<void(const void *)> take_;
    std::unique_ptr<ring_buffer, FreeRing> ring_;
    std::uint64_t taken_ = 0;
    std::uint32_t in_a_row_ = 0;
};

} // namespace memory_collector::probe
