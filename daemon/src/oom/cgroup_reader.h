// SPDX-License-Identifier: GPL-2.0-only
#pragma once

#include "oom/kept_file.h"
#include "oom/signals.h"

#include <array>
#include <string>

namespace memory_collector::oom {

// The signals of one memory cgroup.
class CgroupReader {
public:
    // The folder of the cgroup, as a path of this mount namespace.
    CgroupReader(TargetKind kind, const std::string &folder);

    // False if the cgroup has gone.
    bool read(ReadBuffer &buffer, SignalValues &to) const;

private:
    bool read_v2(ReadBuffer &buffer, SignalValues &to) const;
    bool read_v1(ReadBuffer &buffer, SignalValues &to) const;

    TargetKind kind_;
    KeptFile usage_;
    KeptFile limit_;
    KeptFile high_;
    KeptFile swap_;
    KeptFile swap_limit_;
    KeptFile stat_;
    KeptFile events_;
    KeptFile pressure_;
    KeptFile kernel_;
    KeptFile hits_;
};

// Of the host.
class HostReader {
public:
    HostReader();

    void read(ReadBuffer &buffer, SignalValues &to) const;
    // Swap areas and zram devices come and go; looked for now and then.
    void find_swap(ReadBuffer &buffer);

private:
    KeptFile meminfo_;
    KeptFile vmstat_;
    KeptFile pressure_;
    KeptFile swaps_;
    std::vector<KeptFile> zram_;
    std::uint64_t swap_zram_ = 0;
};

} // namespace memory_collector::oom
