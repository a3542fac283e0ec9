// SPDX-License-Identifier: GPL-2.0-only
#include "source/ebpf/oom_programs.h"

#include "oom.skel.h"
#include "source/ebpf/cpu_counts.h"
#include "source/ebpf/kernel_btf.h"
#include "source/ebpf/kernel_types.h"
#include "source/ebpf/loading.h"
#include "source/ebpf/program_costs.h"

#include <bpf/bpf.h>

#include <cerrno>
#include <fstream>
#include <iterator>
#include <vector>

namespace memory_collector::ebpf {

namespace {

constexpr const char *for_cgroup = "mem_cgroup_out_of_memory";
constexpr const char *for_anyone = "out_of_memory";
constexpr const char *by_hand = "moom_callback";

// What the tracepoint tells first: the victim's task, or on older kernels its pid.
bool tells_task()
{
    const KernelTypes kernel;
    if (!kernel.has_tracepoint("mark_victim"))
        fail("find the kernel's tracepoint oom:mark_victim", ENOENT);
    return kernel.structure_of("mark_victim", 0) == "task_struct";
}

} // namespace

struct OomPrograms::Program {
    SkeletonPtr<oom, oom::destroy> skeleton;
};

OomPrograms::OomPrograms(const KernelBtf &btf, EventBuffer &buffer)
    : program_(std::make_unique<Program>()), symbols_({for_cgroup, for_anyone, by_hand})
{
    program_->skeleton.reset(oom::open(btf.options()));
    if (!program_->skeleton)
        fail("open the eBPF programs for OOM kills", errno);
    oom &skeleton = *program_->skeleton;
    skeleton.rodata->possible_cpus = static_cast<unsigned>(possible_cpus());
    skeleton.rodata->by_perf = buffer.by_perf();
    const bool by_task = tells_task();
    bpf_program__set_autoload(skeleton.progs.victim_by_task, by_task);
    bpf_program__set_autoload(skeleton.progs.victim_by_pid, !by_task);
    bpf_program__set_autoload(skeleton.progs.victim_signalled, !by_task);
    buffer.prepare({skeleton.maps.event_ring, skeleton.maps.event_perf, skeleton.maps.event_counts});
    if (const int error = oom::load(&skeleton); error != 0)
        fail("load the eBPF programs for OOM kills", -error);
    if (const int error = oom::attach(&skeleton); error != 0)
        fail("attach the eBPF programs for OOM kills", -error);
}

OomPrograms::~OomPrograms() = default;

void OomPrograms::detach()
{
    oom::detach(program_->skeleton.get());
}

std::uint64_t OomPrograms::missed() const
{
    return recursion_misses(program_->skeleton->progs.victim_by_task) +
           recursion_misses(program_->skeleton->progs.victim_by_pid);
}

bpf_object *OomPrograms::object() const
{
    return program_->skeleton->obj;
}

OomKill OomPrograms::kill(const mc_bpf_oom &event)
{
    OomKill kill;
    kill.time_ns = event.victim.time_ns;
    kill.key = {event.victim.start_time_ns, event.victim.tgid};
    kill.comm = event.victim.comm;
    if (event.memory_known != 0)
        kill.pages = {event.pages[0], event.pages[1], event.pages[2], event.pages[3]};
    if (event.victim.start_time_ns != 0)
        kill.oom_score_adj = event.oom_score_adj;
    kill.trigger_pid = event.trigger_tgid;
    kill.trigger_comm = event.trigger_comm;
    if (!symbols_.was_read()) {
        std::ifstream text{"/proc/kallsyms"};
        symbols_.read(text);
    }
    const std::vector<std::uint64_t> frames{std::begin(event.frames), std::end(event.frames)};
    if (symbols_.within(by_hand, frames))
        kill.constraint = "sysrq";
    else if (symbols_.within(for_cgroup, frames))
        kill.constraint = "cgroup";
    // Where the compiler made one of the two, it cannot be said whose it was.
    else if (symbols_.has(for_cgroup) && symbols_.within(for_anyone, frames))
        kill.constraint = "host";
    return kill;
}

} // namespace memory_collector::ebpf
