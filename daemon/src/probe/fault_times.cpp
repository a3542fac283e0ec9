// SPDX-License-Identifier: GPL-2.0-only
#include "probe/fault_times.h"

#include "probe/lines.h"
#include "probe/programs.h"
#include "support/error.h"

#include "probe_fault_time.skel.h"

#include <spdlog/spdlog.h>

namespace memory_collector::probe {

struct FaultTimes::Programs {
    Owned<probe_fault_time> skeleton;
};

FaultTimes::FaultTimes(const Settings &settings)
{
    auto programs = std::make_unique<Programs>();
    programs->skeleton = opened<probe_fault_time>(settings, "fault");
    probe_fault_time &skeleton = *programs->skeleton;
    if (const int error = probe_fault_time::load(&skeleton); error != 0) {
        spdlog::warn(
            "how long faults take is not told: this host refuses eBPF programs of type fentry and fexit, or "
            "its handle_mm_fault() is not open to them: {}",
            error_text(-error));
        return;
    }
    if (!settings.cgroup.empty())
        place_cgroup(skeleton.maps.probe_cgroup, settings.cgroup);
    if (const int error = probe_fault_time::attach(&skeleton); error != 0) {
        spdlog::warn(
            "how long faults take is not told: fentry and fexit of handle_mm_fault() cannot be attached: {}",
            error_text(-error));
        return;
    }
    programs_ = std::move(programs);
}

FaultTimes::~FaultTimes() = default;

void FaultTimes::detach()
{
    if (programs_)
        probe_fault_time::detach(programs_->skeleton.get());
}

std::optional<mc_probe_fault_times> FaultTimes::of(const mc_probe_process_key &key) const
{
    mc_probe_fault_times times{};
    if (!programs_)
        return std::nullopt;
    const int map = bpf_map__fd(programs_->skeleton->maps.probe_fault_times);
    if (bpf_map_lookup_elem(map, &key, &times) != 0)
        return std::nullopt;
    return times;
}

void FaultTimes::write_histograms(Output &output, Format format) const
{
    if (!programs_)
        return;
    const bpf_map *map = programs_->skeleton->maps.probe_histogram;
    std::string lines;
    append_histogram(lines, format, "minor_fault", histogram_of(map, MC_PROBE_MINOR));
    append_histogram(lines, format, "major_fault", histogram_of(map, MC_PROBE_MAJOR));
    if (!lines.empty())
        output.row(lines);
}

std::uint64_t FaultTimes::untimed() const
{
    return programs_ ? ebpf::CpuCounts{programs_->skeleton->maps.probe_counts}.of(MC_PROBE_UNTIMED) : 0;
}

} // namespace memory_collector::probe
