// SPDX-License-Identifier: GPL-2.0-only
//
// Loading eBPF programs: errors in our words, and the objects of skeletons as
// owners. Skeletons are included only where they are used: they are large.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

struct bpf_program;

namespace memory_collector::ebpf {

// Once: what libbpf says goes to the log at level debug. At its own level it
// says of every refusal that a ulimit may be too low, which is seldom so.
void quiet_libbpf();

// `error` is an errno value. Throws Error: what could not be done, why, and
// what mends it.
[[noreturn]] void fail(const std::string &what, int error);

// One pass of an attached iterator that writes nothing. Throws Error.
void run_iterator(int link);

// How often a program was not run since another ran on its CPU; 0 on kernels
// before 5.12, which do not count that.
std::uint64_t recursion_misses(const bpf_program *program);

template <typename Skeleton, void (*destroy)(Skeleton *)> struct Destroy {
    void operator()(Skeleton *skeleton) const { destroy(skeleton); }
};
template <typename Skeleton, void (*destroy)(Skeleton *)>
using SkeletonPtr = std::unique_ptr<Skeleton, Destroy<Skeleton, destroy>>;

} // namespace memory_collector::ebpf
