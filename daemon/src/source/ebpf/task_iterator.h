// SPDX-License-Identifier: GPL-2.0-only
//
// All processes as they are now, in one pass of an eBPF iterator over the tasks.
#pragma once

#include "model/process_table.h"
#include "support/fd.h"

#include <memory_collector/bpf_records.h>

#include <cstdint>
#include <memory>
#include <span>
#include <unordered_map>
#include <vector>

struct bpf_object;

namespace memory_collector::ebpf {

// A process: the sum of its tasks.
struct ProcessState {
    ProcessKey key;
    std::uint32_t ppid = 0;
    std::uint64_t runtime_ns = 0;
    std::uint64_t min_flt = 0;
    std::uint64_t maj_flt = 0;
    std::uint64_t cgroup_id = 0;
    // File, anonymous, swap, shared memory; as mc_bpf_task has them.
    std::uint64_t pages[4] = {};
    std::uint64_t virtual_pages = 0;
    char comm[MC_BPF_COMM_LEN] = {};

    bool operator==(const ProcessState &) const = default;
};

// Sums tasks up by process: pure, for tests. Kernel threads are one process,
// that of kthreadd.
class ProcessSums {
public:
    void clear();
    void add(const mc_bpf_task &task);
    std::span<const ProcessState> processes() const { return processes_; }

private:
    std::vector<ProcessState> processes_;
    std::unordered_map<std::uint32_t, std::size_t> by_pid_;
};

class KernelBtf;

class TaskIterator {
public:
    // Throws Error.
    explicit TaskIterator(const KernelBtf &btf);
    ~TaskIterator();
    TaskIterator(const TaskIterator &) = delete;
    TaskIterator &operator=(const TaskIterator &) = delete;

    // Valid until the next call. Throws Error.
    std::span<const ProcessState> read();
    bpf_object *object() const;

private:
    struct Program;
    std::unique_ptr<Program> program_;
    ProcessSums sums_;
    std::vector<char> buffer_;
};

} // namespace memory_collector::ebpf
