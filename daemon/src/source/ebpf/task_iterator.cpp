// SPDX-License-Identifier: GPL-2.0-only
#include "source/ebpf/task_iterator.h"

#include "process_iterator.skel.h"
#include "source/ebpf/cpu_counts.h"
#include "source/ebpf/kernel_btf.h"
#include "source/ebpf/loading.h"
#include "support/error.h"

#include <memory_collector/abi.h>

#include <bpf/bpf.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace memory_collector::ebpf {

namespace {

// The kernel hands out 8 pages of records at a time.
constexpr std::size_t read_bytes = std::size_t{64} * 1024;

} // namespace

void ProcessSums::clear()
{
    processes_.clear();
    by_pid_.clear();
}

void ProcessSums::add(const mc_bpf_task &task)
{
    const bool kernel = (task.flags & MC_BPF_TASK_KERNEL) != 0;
    const std::uint32_t pid = kernel ? MC_KERNEL_THREADS_PID : task.tgid;
    const auto [found, fresh] = by_pid_.try_emplace(pid, processes_.size());
    if (fresh)
        processes_.emplace_back();
    ProcessState &process = processes_[found->second];
    process.runtime_ns += task.runtime_ns;
    process.min_flt += task.min_flt;
    process.maj_flt += task.maj_flt;
    // Of the kernel's threads kthreadd is the first, and the others' parent.
    if (fresh) {
        process.key = {task.start_time_ns, pid};
        process.ppid = task.ppid;
    }
    if ((task.flags & MC_BPF_TASK_LEADER) != 0 && (!kernel || task.tgid == MC_KERNEL_THREADS_PID)) {
        process.key = {task.start_time_ns, pid};
        process.ppid = task.ppid;
        process.cgroup_id = task.cgroup_id;
        std::memcpy(process.comm, task.comm, sizeof(process.comm));
        process.comm[sizeof(process.comm) - 1] = '\0';
    }
    if ((task.flags & MC_BPF_TASK_MEMORY) != 0) {
        std::copy(std::begin(task.pages), std::end(task.pages), std::begin(process.pages));
        process.virtual_pages = task.virtual_pages;
    }
}

struct TaskIterator::Program {
    SkeletonPtr<process_iterator, process_iterator::destroy> skeleton;
    UniqueFd link;
};

TaskIterator::TaskIterator(const KernelBtf &btf) : program_(std::make_unique<Program>()), buffer_(read_bytes)
{
    program_->skeleton.reset(process_iterator::open(btf.options()));
    if (!program_->skeleton)
        fail("open the eBPF task iterator", errno);
    process_iterator &skeleton = *program_->skeleton;
    skeleton.rodata->possible_cpus = static_cast<unsigned>(possible_cpus());
    if (const int error = process_iterator::load(&skeleton); error != 0)
        fail("load the eBPF task iterator", -error);
    program_->link.reset(
        bpf_link_create(bpf_program__fd(skeleton.progs.each_task), 0, BPF_TRACE_ITER, nullptr));
    if (!program_->link)
        fail("attach the eBPF task iterator", errno);
}

TaskIterator::~TaskIterator() = default;

bpf_object *TaskIterator::object() const
{
    return program_->skeleton->obj;
}

std::span<const ProcessState> TaskIterator::read()
{
    const UniqueFd pass{bpf_iter_create(program_->link.get())};
    if (!pass)
        fail("begin a pass of the eBPF task iterator", errno);
    sums_.clear();
    std::size_t kept = 0;
    while (true) {
        const ssize_t length = ::read(pass.get(), buffer_.data() + kept, buffer_.size() - kept);
        if (length < 0 && (errno == EINTR || errno == EAGAIN))
            continue;
        if (length < 0)
            fail("read the eBPF task iterator", errno);
        if (length == 0)
            break;
        const std::size_t filled = kept + static_cast<std::size_t>(length);
        std::size_t at = 0;
        for (; at + sizeof(mc_bpf_task) <= filled; at += sizeof(mc_bpf_task)) {
            mc_bpf_task task;
            std::memcpy(&task, buffer_.data() + at, sizeof(task));
            sums_.add(task);
        }
        kept = filled - at;
        std::memmove(buffer_.data(), buffer_.data() + at, kept);
    }
    return sums_.processes();
}

} // namespace memory_collector::ebpf
