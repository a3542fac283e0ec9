// SPDX-License-Identifier: GPL-2.0-only
#include "source/ebpf/life_events.h"

#include "process_life.skel.h"
#include "source/ebpf/kernel_btf.h"
#include "source/ebpf/loading.h"
#include "support/error.h"

#include <bpf/bpf.h>

#include <algorithm>
#include <bit>
#include <cerrno>
#include <cstring>
#include <string>
#include <vector>

namespace memory_collector::ebpf {

namespace {

constexpr std::uint64_t least_ring_bytes = std::uint64_t{64} * 1024;
constexpr std::uint64_t most_ring_bytes = std::uint64_t{1} << 30;

struct FreeRing {
    void operator()(ring_buffer *ring) const { ring_buffer__free(ring); }
};

} // namespace

struct LifeEvents::Program {
    SkeletonPtr<process_life, process_life::destroy> skeleton;
    std::unique_ptr<ring_buffer, FreeRing> ring;
    int cpus = 0;
};

LifeEvents::LifeEvents(const KernelBtf &btf, std::uint64_t ring_bytes,
                       std::function<void(const mc_bpf_life &)> take)
    : take_(std::move(take)), program_(std::make_unique<Program>())
{
    program_->cpus = libbpf_num_possible_cpus();
    if (program_->cpus < 1)
        fail("count this machine's CPUs", -program_->cpus);
    program_->skeleton.reset(process_life::open(btf.options()));
    if (!program_->skeleton)
        fail("open the eBPF programs for processes' begin and end", errno);
    process_life &skeleton = *program_->skeleton;
    const std::uint64_t bytes = std::bit_ceil(std::clamp(ring_bytes, least_ring_bytes, most_ring_bytes));
    if (const int error =
            bpf_map__set_max_entries(skeleton.maps.life_events, static_cast<std::uint32_t>(bytes));
        error != 0)
        fail("make an eBPF ring of " + std::to_string(bytes) + " bytes", -error);
    if (const int error = process_life::load(&skeleton); error != 0)
        fail("load the eBPF programs for processes' begin and end", -error);
    program_->ring.reset(ring_buffer__new(bpf_map__fd(program_->skeleton->maps.life_events),
                                          &LifeEvents::take, this, nullptr));
    if (!program_->ring)
        fail("open the eBPF ring of processes' begin and end", errno);
    if (const int error = process_life::attach(program_->skeleton.get()); error != 0)
        fail("attach the eBPF programs for processes' begin and end", -error);
}

LifeEvents::~LifeEvents() = default;

int LifeEvents::take(void *self, void *data, std::size_t size)
{
    auto &events = *static_cast<LifeEvents *>(self);
    mc_bpf_life event;
    if (size < sizeof(event))
        return 0;
    std::memcpy(&event, data, sizeof(event));
    event.comm[sizeof(event.comm) - 1] = '\0';
    events.taken_++;
    events.take_(event);
    return 0;
}

void LifeEvents::drain()
{
    if (const int error = ring_buffer__consume(program_->ring.get()); error < 0)
        fail("read the eBPF ring of processes' begin and end", -error);
}

void LifeEvents::detach()
{
    process_life::detach(program_->skeleton.get());
}

LifeEvents::Counts LifeEvents::counts() const
{
    const process_life &skeleton = *program_->skeleton;
    const int map = bpf_map__fd(skeleton.maps.life_counts);
    std::vector<std::uint64_t> by_cpu(static_cast<std::size_t>(program_->cpus));
    const auto sum = [&](std::uint32_t which) {
        std::uint64_t total = 0;
        if (bpf_map_lookup_elem(map, &which, by_cpu.data()) != 0)
            fail("read the counts of the eBPF programs", errno);
        for (const std::uint64_t part : by_cpu)
            total += part;
        return total;
    };
    Counts counts{sum(MC_BPF_TOLD), sum(MC_BPF_DROPPED)};
    for (const bpf_program *program :
         {skeleton.progs.process_forks, skeleton.progs.process_executes, skeleton.progs.process_exits}) {
        const std::uint64_t missed = recursion_misses(program);
        counts.told += missed;
        counts.dropped += missed;
    }
    return counts;
}

} // namespace memory_collector::ebpf
