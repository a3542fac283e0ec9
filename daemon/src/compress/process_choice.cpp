// SPDX-License-Identifier: GPL-2.0-only
#include "compress/process_choice.h"

#include "host/cgroup.h"
#include "oom/parse.h"
#include "oom/process_reader.h"
#include "support/error.h"
#include "support/files.h"

#include <unistd.h>

namespace memory_collector::compress {

namespace {

bool in_cgroup(std::uint32_t pid, std::string_view cgroup)
{
    const std::string text = read_file("/proc/" + std::to_string(pid) + "/cgroup");
    return !text.empty() &&
           (within_cgroup(cgroup_path(text), cgroup) || within_cgroup(memory_cgroup_path(text), cgroup));
}

bool has_memory(std::uint32_t pid)
{
    const std::string text = read_file("/proc/" + std::to_string(pid) + "/statm", 256);
    return oom::parse_resident_pages(text).value_or(0) != 0;
}

} // namespace

bool within_cgroup(std::string_view path, std::string_view cgroup)
{
    while (cgroup.size() > 1 && cgroup.back() == '/')
        cgroup.remove_suffix(1);
    if (cgroup == "/")
        return path.starts_with('/');
    return path.starts_with(cgroup) && (path.size() == cgroup.size() || path[cgroup.size()] == '/');
}

std::vector<std::uint32_t> chosen_pids(const ProcessChoice &choice)
{
    if (!choice.all && choice.cgroup.empty())
        return choice.pids;
    std::vector<std::uint32_t> all;
    oom::ProcessReader::all_pids(all);
    const auto self = static_cast<std::uint32_t>(::getpid());
    std::vector<std::uint32_t> chosen;
    for (const std::uint32_t pid : all)
        if (pid != self && has_memory(pid) && (choice.all || in_cgroup(pid, choice.cgroup)))
            chosen.push_back(pid);
    if (chosen.empty())
        throw Error(choice.all ? "no process with memory of its own is to be seen in /proc"
                               : "no process with memory of its own is in the cgroup '" + choice.cgroup +
                                     "'; /proc/PID/cgroup says where a process is");
    return chosen;
}

} // namespace memory_collector::compress
