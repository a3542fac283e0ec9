// SPDX-License-Identifier: GPL-2.0-only
//
// How often and how long processes were held up to free memory themselves.
#include "reclaim.skel.h"
#include "source/ebpf/group.h"
#include "source/ebpf/loading.h"
#include "source/ebpf/process_map.h"

#include <cerrno>
#include <optional>

namespace memory_collector::ebpf {

namespace {

class ReclaimGroup : public Group {
public:
    ReclaimGroup() : skeleton_(reclaim::open())
    {
        if (!skeleton_)
            fail("open the eBPF programs for direct reclaim", errno);
        if (const int error = reclaim::load(skeleton_.get()); error != 0)
            fail("load the eBPF programs for direct reclaim", -error);
        if (const int error = reclaim::attach(skeleton_.get()); error != 0)
            fail("attach the eBPF programs for direct reclaim", -error);
        object_ = skeleton_->obj;
        stalls_.emplace(skeleton_->maps.reclaim_stalls);
    }

    ExtraSet measured() const override { return extras(Extra::reclaim_stalls, Extra::reclaim_ns); }

    void sample(Model &model, std::span<const ProcessKey> ended) override
    {
        stalls_->for_each([&model](const ProcessKey &key, const mc_bpf_reclaim &value) {
            model.process_extra(key, Extra::reclaim_stalls, value.stalls);
            model.process_extra(key, Extra::reclaim_ns, value.stalled_ns);
        });
        stalls_->forget(ended);
    }

    std::span<bpf_object *const> objects() const override { return {&object_, 1}; }

private:
    SkeletonPtr<reclaim, reclaim::destroy> skeleton_;
    bpf_object *object_ = nullptr;
    std::optional<ProcessMap<mc_bpf_reclaim>> stalls_;
};

} // namespace

std::unique_ptr<Group> make_reclaim_group()
{
    return std::make_unique<ReclaimGroup>();
}

} // namespace memory_collector::ebpf
