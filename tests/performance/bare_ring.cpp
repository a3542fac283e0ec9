// SPDX-License-Identifier: GPL-2.0-only
//
// Reads the ring of the life events and does nothing with them: what a reader
// that makes rows is held against. Until SIGINT or SIGTERM; then says in JSON how
// many events there were.
//
//   bare_ring BUFFER_BYTES ring|perf
#include "source/ebpf/kernel_btf.h"
#include "source/ebpf/life_events.h"
#include "source/ebpf/loading.h"
#include "source/ebpf/program_costs.h"
#include "support/clock.h"
#include "support/error.h"

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <ctime>

int main(int argc, char **argv)
{
    using namespace memory_collector;
    if (argc != 3) {
        std::fprintf(stderr, "usage: bare_ring BUFFER_BYTES ring|perf\n");
        return 2;
    }
    sigset_t ends;
    sigemptyset(&ends);
    sigaddset(&ends, SIGINT);
    sigaddset(&ends, SIGTERM);
    sigprocmask(SIG_BLOCK, &ends, nullptr);
    try {
        ebpf::quiet_libbpf();
        std::uint64_t read = 0;
        const ebpf::KernelBtf btf;
        ebpf::LifeEvents events{btf, ebpf::buffer_kind(argv[2]),
                                std::strtoull(argv[1], nullptr, 10),
                                {[&read](const mc_bpf_life &) { read++; }}};
        const std::uint64_t cpu_begin = ebpf::process_cpu_ns();
        std::printf("ready\n");
        std::fflush(stdout);
        // As often as `run` looks at an interval of a second.
        constexpr timespec pace{0, 50'000'000};
        while (sigtimedwait(&ends, nullptr, &pace) < 0)
            events.drain();
        events.detach();
        events.drain();
        const auto [told, dropped] = events.counts();
        std::printf("{\"emitted\":%llu,\"read\":%llu,\"lost\":%llu,\"cpu_ns\":%llu}\n",
                    static_cast<unsigned long long>(told), static_cast<unsigned long long>(read),
                    static_cast<unsigned long long>(dropped),
                    static_cast<unsigned long long>(ebpf::process_cpu_ns() - cpu_begin));
    } catch (const Error &error) {
        std::fprintf(stderr, "bare_ring: %s\n", error.what());
        return 1;
    }
    return 0;
}
