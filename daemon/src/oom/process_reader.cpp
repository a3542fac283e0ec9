// SPDX-License-Identifier: GPL-2.0-only
#include "oom/process_reader.h"

#include "oom/parse.h"

#include <dirent.h>

#include <algorithm>
#include <charconv>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace memory_collector::oom {

namespace {

struct CloseFolder {
    void operator()(DIR *folder) const { ::closedir(folder); }
};

bool read_process(std::uint32_t pid, ReadBuffer &buffer, ProcessSample &to)
{
    const std::string folder = "/proc/" + std::to_string(pid);
    to = ProcessSample{};
    to.pid = pid;
    const auto stat = KeptFile{folder + "/stat"}.read(buffer);
    if (!stat || !parse_process_stat(*stat, to))
        return false;
    const auto status = KeptFile{folder + "/status"}.read(buffer);
    if (!status || !parse_process_status(*status, to))
        return false;
    const auto adjust = KeptFile{folder + "/oom_score_adj"}.read(buffer);
    to.oom_score_adj = adjust ? parse_oom_score_adj(*adjust).value_or(0) : 0;
    return true;
}

} // namespace

void ProcessReader::read(std::span<const std::uint32_t> pids, ReadBuffer &buffer,
                         std::vector<ProcessSample> &to)
{
    to.clear();
    if (pids.size() > most_processes) {
        // One small file each tells which are worth three.
        by_size_.clear();
        for (const std::uint32_t pid : pids)
            if (const auto text = KeptFile{"/proc/" + std::to_string(pid) + "/statm"}.read(buffer))
                by_size_.emplace_back(parse_resident_pages(*text).value_or(0), pid);
        if (by_size_.size() > most_processes) {
            std::nth_element(by_size_.begin(), by_size_.begin() + most_processes, by_size_.end(),
                             std::greater<>{});
            by_size_.resize(most_processes);
        }
        largest_.clear();
        for (const auto &[pages, pid] : by_size_)
            largest_.push_back(pid);
        std::sort(largest_.begin(), largest_.end());
        pids = largest_;
    }
    ProcessSample process;
    for (const std::uint32_t pid : pids)
        if (read_process(pid, buffer, process))
            to.push_back(process);
}

void ProcessReader::all_pids(std::vector<std::uint32_t> &to)
{
    to.clear();
    const std::unique_ptr<DIR, CloseFolder> folder{::opendir("/proc")};
    while (folder) {
        const dirent *const entry = ::readdir(folder.get()); // NOLINT(concurrency-mt-unsafe): one thread each
        if (entry == nullptr)
            break;
        const std::string_view name{entry->d_name};
        std::uint32_t pid = 0;
        const auto [rest, error] = std::from_chars(name.data(), name.data() + name.size(), pid);
        if (error == std::errc{} && rest == name.data() + name.size())
            to.push_back(pid);
    }
    std::sort(to.begin(), to.end());
}

} // namespace memory_collector::oom
