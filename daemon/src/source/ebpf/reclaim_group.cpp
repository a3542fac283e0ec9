// SPDX-License-Identifier: GPL-2.0-only
//
// How often and how long processes were held up to free memory themselves, and
// what the machine did to free memory.
#include "reclaim.skel.h"
#include "source/ebpf/cpu_counts.h"
#include "source/ebpf/group.h"
#include "source/ebpf/kernel_btf.h"
#include "source/ebpf/loading.h"
#include "source/ebpf/process_map.h"
#include "support/files.h"

#include <cerrno>
#include <cstdlib>
#include <optional>
#include <string>
#include <vector>

namespace memory_collector::ebpf {

namespace {

// Kernels before 6.8 do not tell what the multi-generational LRU scans.
bool scans_untold()
{
    if ((std::strtoul(read_file("/sys/kernel/mm/lru_gen/enabled").c_str(), nullptr, 0) & 1) == 0)
        return false;
    const std::string release = read_file("/proc/sys/kernel/osrelease");
    char *rest = nullptr;
    const unsigned long major = std::strtoul(release.c_str(), &rest, 10);
    const unsigned long minor = *rest == '.' ? std::strtoul(rest + 1, nullptr, 10) : 0;
    return major < 6 || (major == 6 && minor < 8);
}

class ReclaimGroup : public Group {
public:
    explicit ReclaimGroup(const KernelBtf &btf)
        : skeleton_(reclaim::open(btf.options())), scans_untold_(scans_untold())
    {
        if (!skeleton_)
            fail("open the eBPF programs for reclaim", errno);
        if (const int error = reclaim::load(skeleton_.get()); error != 0)
            fail("load the eBPF programs for reclaim", -error);
        if (const int error = reclaim::attach(skeleton_.get()); error != 0)
            fail("attach the eBPF programs for reclaim", -error);
        object_ = skeleton_->obj;
        stalls_.emplace(skeleton_->maps.reclaim_stalls);
        sums_.resize(static_cast<std::size_t>(possible_cpus()));
    }

    ExtraSet measured() const override { return extras(Extra::reclaim_stalls, Extra::reclaim_ns); }

    std::vector<std::string> lacking() const override
    {
        if (!scans_untold_)
            return {};
        return {"pages that were scanned, and freed by kswapd, are null: this kernel does not tell those of "
                "its multi-generational LRU"};
    }

    void sample(Model &model, std::span<const ProcessKey> ended) override
    {
        stalls_->for_each([&model](const ProcessKey &key, const mc_bpf_reclaim &value) {
            model.process_extra(key, Extra::reclaim_stalls, value.stalls);
            model.process_extra(key, Extra::reclaim_ns, value.stalled_ns);
        });
        stalls_->forget(ended);
        ReclaimCounts counts;
        counts.kswapd = machine(MC_BPF_KSWAPD);
        counts.direct = machine(MC_BPF_DIRECT);
        counts.cgroup = machine(MC_BPF_CGROUP);
        counts.scans_known = !scans_untold_;
        model.reclaim(counts);
    }

    std::span<bpf_object *const> objects() const override { return {&object_, 1}; }

private:
    ReclaimCounts::Part machine(std::uint32_t reclaimer)
    {
        if (bpf_map_lookup_elem(bpf_map__fd(skeleton_->maps.reclaim_sums), &reclaimer, sums_.data()) != 0)
            fail("read the sums of reclaim", errno);
        ReclaimCounts::Part part;
        for (const mc_bpf_reclaim_sums &cpu : sums_) {
            part.times += cpu.times;
            part.ns += cpu.ns;
            part.scanned += cpu.scanned;
            part.reclaimed += cpu.reclaimed;
        }
        return part;
    }

    SkeletonPtr<reclaim, reclaim::destroy> skeleton_;
    bool scans_untold_;
    bpf_object *object_ = nullptr;
    std::optional<ProcessMap<mc_bpf_reclaim>> stalls_;
    std::vector<mc_bpf_reclaim_sums> sums_; // by CPU
};

} // namespace

std::unique_ptr<Group> make_reclaim_group(const KernelBtf &btf)
{
    return std::make_unique<ReclaimGroup>(btf);
}

} // namespace memory_collector::ebpf
