// SPDX-License-Identifier: GPL-2.0-only
//
// What the path of a cgroup says of the processes in it: pure functions of
// text, which may hold anything.
#pragma once

#include <string>
#include <string_view>

namespace memory_collector {

// The path in the v2 hierarchy, or that of the v1 memory controller where v2
// does not place the process, or that of systemd's own v1 hierarchy where
// neither does. The text is that of /proc/PID/cgroup.
std::string cgroup_path(std::string_view proc_cgroup);

// The path in the hierarchy of this v1 controller, such as "pids"; empty if v1 has none such.
std::string v1_cgroup_path(std::string_view proc_cgroup, std::string_view controller);

// The path in the hierarchy that limits its memory: of the v1 memory controller
// where there is one, else the v2 hierarchy's.
std::string memory_cgroup_path(std::string_view proc_cgroup);

// Empty is what the path does not tell. Whoever may make cgroups may name them
// like a container's: this is what the path claims, fit for a report and not
// for a decision on access.
struct CgroupPlace {
    // docker, podman, containerd, cri-o, systemd-nspawn or lxc. Empty also for a
    // container of a runtime that leaves no name in the path.
    std::string_view runtime;
    // Of the innermost container: the 64 digits of its id, or its name where the
    // runtime knows containers by name (systemd-nspawn, lxc), behind that of the
    // container around it, if there is one.
    std::string container;
    // Of the innermost pod: Kubernetes' uid, or podman's id.
    std::string pod;
    // The innermost unit of systemd that holds processes itself: no slice.
    std::string unit;

    bool operator==(const CgroupPlace &) const = default;
};

CgroupPlace cgroup_place(std::string_view path);

// Container ids of docker, podman, containerd and CRI-O: 64 hexadecimal digits.
bool is_container_id(std::string_view text);

} // namespace memory_collector
