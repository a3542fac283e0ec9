// SPDX-License-Identifier: GPL-2.0-only
#include "source/ebpf/program_costs.h"

#include "host/privileges.h"
#include "source/ebpf/loading.h"
#include "support/error.h"
#include "support/files.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <ctime>
#include <string>

namespace memory_collector::ebpf {

namespace {

bpf_prog_info info_of(const bpf_program *program)
{
    bpf_prog_info info{};
    std::uint32_t size = sizeof(info);
    const int fd = bpf_program__fd(program);
    if (fd < 0 || bpf_obj_get_info_by_fd(fd, &info, &size) != 0)
        return {};
    return info;
}

std::uint64_t number_after(const std::string &text, std::string_view name)
{
    const std::size_t at = text.find(name);
    if (at == std::string::npos)
        return 0;
    const std::size_t digits = text.find_first_of("0123456789", at + name.size());
    std::uint64_t value = 0;
    if (digits != std::string::npos)
        std::from_chars(text.data() + digits, text.data() + text.size(), value);
    return value;
}

} // namespace

RunStatistics::RunStatistics() : fd_(bpf_enable_stats(BPF_STATS_RUN_TIME))
{
    if (fd_)
        return;
    const int error = errno;
    // Root has had it measured for the whole machine.
    if (read_file("/proc/sys/kernel/bpf_stats_enabled", 16).starts_with('1'))
        return;
    if (error == EPERM && !own_privileges(HostPaths{}).has(Capability::sys_admin))
        throw Error("cannot have the kernel measure the run time of eBPF programs, for --bpf-stats and "
                    "--max-cpu: it lacks CAP_SYS_ADMIN; where root has said sysctl "
                    "kernel.bpf_stats_enabled=1 it needs none");
    fail("have the kernel measure the run time of eBPF programs (Linux 5.8 can)", error);
}

void add_programs(bpf_object *object, std::string_view group, bool own_time,
                  std::vector<SelfUse::Program> &programs)
{
    bpf_program *program = nullptr;
    bpf_object__for_each_program(program, object)
    {
        if (bpf_program__fd(program) < 0)
            continue;
        const bpf_prog_info info = info_of(program);
        programs.push_back({group, bpf_program__name(program), info.run_time_ns, info.run_cnt, own_time});
    }
}

std::uint64_t map_bytes(std::span<bpf_object *const> objects)
{
    std::vector<std::uint32_t> seen;
    std::uint64_t total = 0;
    for (const bpf_object *const object : objects) {
        const bpf_map *map = nullptr;
        bpf_object__for_each_map(map, object)
        {
            const int fd = bpf_map__fd(map);
            bpf_map_info info{};
            std::uint32_t size = sizeof(info);
            if (fd < 0 || bpf_obj_get_info_by_fd(fd, &info, &size) != 0 ||
                std::find(seen.begin(), seen.end(), info.id) != seen.end())
                continue;
            seen.push_back(info.id);
            const std::uint64_t told =
                number_after(read_file("/proc/self/fdinfo/" + std::to_string(fd)), "memlock:");
            // Kernels before 6.4 reckon entries only, of which a ring has none.
            total += std::max<std::uint64_t>(told, info.type == BPF_MAP_TYPE_RINGBUF ? info.max_entries : 0);
        }
    }
    return total;
}

Number resident_bytes()
{
    const std::string text = read_file("/proc/self/statm", 256);
    const std::size_t space = text.find(' ');
    if (space == std::string::npos)
        return {};
    return number_after(text.substr(space), "") * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
}

std::uint64_t process_cpu_ns()
{
    timespec time{};
    ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
    return static_cast<std::uint64_t>(time.tv_sec) * 1'000'000'000 + static_cast<std::uint64_t>(time.tv_nsec);
}

} // namespace memory_collector::ebpf
