// SPDX-License-Identifier: GPL-2.0-only
#include "probe/programs.h"

#include <algorithm>
#include <bit>

namespace memory_collector::probe {

namespace {

constexpr std::uint32_t most_in_a_row = 1024;

} // namespace

void place_cgroup(const bpf_map *map, const std::string &name)
{
    const UniqueFd folder = open_cgroup(name);
    const std::uint32_t index = 0;
    const int fd = folder.get();
    if (bpf_map_update_elem(bpf_map__fd(map), &index, &fd, BPF_ANY) != 0)
        ebpf::fail("filter by the cgroup '" + name + "'", errno);
}

Account account_of(const bpf_map *counts, std::initializer_list<const bpf_program *> programs)
{
    ebpf::CpuCounts sums{counts};
    Account account;
    account.told = sums.of(MC_PROBE_TOLD);
    account.dropped = sums.of(MC_PROBE_DROPPED);
    account.unplaced = sums.of(MC_PROBE_UNPLACED);
    account.untimed = sums.of(MC_PROBE_UNTIMED);
    for (const bpf_program *program : programs)
        account.missed += ebpf::recursion_misses(program);
    return account;
}

std::array<std::uint64_t, MC_PROBE_BUCKETS> histogram_of(const bpf_map *map, std::uint32_t kind)
{
    ebpf::CpuCounts sums{map};
    std::array<std::uint64_t, MC_PROBE_BUCKETS> buckets{};
    for (std::uint32_t i = 0; i < buckets.size(); i++)
        buckets.at(i) = sums.of(kind * MC_PROBE_BUCKETS + i);
    return buckets;
}

void EventRing::resize(bpf_map *map, std::uint64_t bytes)
{
    const std::uint64_t size = std::bit_ceil(bytes);
    if (const int error = bpf_map__set_max_entries(map, static_cast<std::uint32_t>(size)); error != 0)
        ebpf::fail("make an eBPF ring of " + std::to_string(size) + " bytes", -error);
}

EventRing::EventRing(const bpf_map *map, std::size_t least, std::function<void(const void *)> take)
    : least_(least), take_(std::move(take)), ring_(ring_buffer__new(bpf_map__fd(map), &one, this, nullptr))
{
    if (!ring_)
        ebpf::fail("open the eBPF ring", errno);
}

int EventRing::one(void *self, void *data, std::size_t size)
{
    auto &ring = *static_cast<EventRing *>(self);
    if (size >= ring.least_) {
        ring.taken_++;
        ring.take_(data);
    }
    return ++ring.in_a_row_ < most_in_a_row ? 0 : -EAGAIN;
}

bool EventRing::drain()
{
    in_a_row_ = 0;
    const int result = ring_buffer__consume(ring_.get());
    if (result < 0 && result != -EAGAIN)
        ebpf::fail("read the eBPF ring", -result);
    return result < 0;
}

} // namespace memory_collector::probe
