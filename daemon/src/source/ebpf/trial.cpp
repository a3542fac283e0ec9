// SPDX-License-Identifier: GPL-2.0-only
#include "source/ebpf/trial.h"

#include "host/mounts.h"
#include "source/ebpf/group.h"
#include "source/ebpf/kernel_btf.h"
#include "source/ebpf/life_events.h"
#include "source/ebpf/loading.h"
#include "source/ebpf/task_iterator.h"
#include "support/error.h"

#include <spdlog/fmt/fmt.h>
#include <spdlog/spdlog.h>

#include <sys/mount.h>

#include <cstdint>

namespace memory_collector::ebpf {

std::string refusal()
{
    quiet_libbpf();
    try {
        const KernelBtf btf;
        TaskIterator iterator{btf};
        const LifeEvents life{
            btf, BufferKind::automatic, std::uint64_t{64} * 1024, {[](const mc_bpf_life &) {}}};
        if (iterator.read().empty())
            return "the eBPF task iterator saw no process";
        return {};
    } catch (const Error &error) {
        return error.what();
    }
}

std::vector<std::string> groups_lacking()
{
    quiet_libbpf();
    const KernelBtf btf;
    const bool has_tracefs = !mount_points(HostPaths{}, "tracefs").empty();
    std::vector<std::string> lines;
    for (const GroupEntry &entry : group_entries()) {
        const std::string name = entry.always ? "every run" : "--with " + std::string{entry.name};
        try {
            for (const std::string &why : entry.make(btf)->lacking())
                lines.push_back(fmt::format("{}: {}", name, why));
        } catch (const Error &error) {
            lines.push_back(fmt::format("{}: {}", name, error.what()));
        }
    }
    // A group has mounted it, as in a run; this was only to see whether that works.
    if (!has_tracefs && ::umount("/sys/kernel/tracing") == 0)
        spdlog::info("unmounted it again");
    return lines;
}

} // namespace memory_collector::ebpf
