// SPDX-License-Identifier: GPL-2.0-only
#include "source/ebpf/life_events.h"

#include "process_life.skel.h"
#include "source/ebpf/kernel_btf.h"
#include "source/ebpf/loading.h"
#include "source/ebpf/oom_programs.h"
#include "source/ebpf/program_costs.h"
#include "support/error.h"

#include <spdlog/spdlog.h>

#include <cerrno>
#include <cstring>
#include <optional>

namespace memory_collector::ebpf {

struct LifeEvents::Program {
    SkeletonPtr<process_life, process_life::destroy> skeleton;
    std::optional<OomPrograms> oom;
};

LifeEvents::LifeEvents(const KernelBtf &btf, BufferKind kind, std::uint64_t buffer_bytes, Take take)
    : take_(std::move(take)), buffer_(kind, buffer_bytes), program_(std::make_unique<Program>()),
      hand_over_([this](std::span<const std::byte> record) { this->take(record); })
{
    program_->skeleton.reset(process_life::open(btf.options()));
    if (!program_->skeleton)
        fail("open the eBPF programs for processes' begin and end", errno);
    process_life &skeleton = *program_->skeleton;
    skeleton.rodata->by_perf = buffer_.by_perf();
    const BufferMaps maps{skeleton.maps.event_ring, skeleton.maps.event_perf, skeleton.maps.event_counts};
    buffer_.prepare(maps);
    if (const int error = process_life::load(&skeleton); error != 0)
        fail("load the eBPF programs for processes' begin and end", -error);
    buffer_.open(maps);
    if (const int error = process_life::attach(&skeleton); error != 0)
        fail("attach the eBPF programs for processes' begin and end", -error);
    if (!take_.oom)
        return;
    try {
        program_->oom.emplace(btf, buffer_);
    } catch (const Error &error) {
        spdlog::warn("no OOM kills: {}", error.what());
    }
}

LifeEvents::~LifeEvents() = default;

void LifeEvents::take(std::span<const std::byte> record)
{
    taken_++;
    mc_bpf_life event{};
    if (record.size() >= sizeof(event))
        std::memcpy(&event, record.data(), sizeof(event));
    event.comm[sizeof(event.comm) - 1] = '\0';
    if (event.what == MC_BPF_OOM_KILL && record.size() >= sizeof(mc_bpf_oom) && program_->oom) {
        mc_bpf_oom kill;
        std::memcpy(&kill, record.data(), sizeof(kill));
        kill.victim.comm[sizeof(kill.victim.comm) - 1] = '\0';
        kill.trigger_comm[sizeof(kill.trigger_comm) - 1] = '\0';
        take_.oom(program_->oom->kill(kill));
    } else if (record.size() >= sizeof(event) && event.what <= MC_BPF_ENDS) {
        take_.life(event);
    } else if (take_.malformed) {
        take_.malformed();
    }
}

void LifeEvents::drain()
{
    buffer_.drain(hand_over_, detached_);
}

void LifeEvents::detach()
{
    process_life::detach(program_->skeleton.get());
    if (program_->oom)
        program_->oom->detach();
    detached_ = true;
}

LifeEvents::Counts LifeEvents::counts() const
{
    Counts counts = buffer_.counts();
    const process_life &skeleton = *program_->skeleton;
    std::uint64_t missed = program_->oom ? program_->oom->missed() : 0;
    for (const bpf_program *program :
         {skeleton.progs.process_forks, skeleton.progs.process_executes, skeleton.progs.process_exits})
        missed += recursion_misses(program);
    counts.told += missed;
    counts.dropped += missed;
    return counts;
}

std::vector<bpf_object *> LifeEvents::objects() const
{
    std::vector<bpf_object *> objects{program_->skeleton->obj};
    if (program_->oom)
        objects.push_back(program_->oom->object());
    return objects;
}

} // namespace memory_collector::ebpf
