// SPDX-License-Identifier: GPL-2.0-only
//
// Address space that processes take call by call.
#include "footprint.skel.h"
#include "source/ebpf/group.h"
#include "source/ebpf/kernel_btf.h"
#include "source/ebpf/loading.h"
#include "source/ebpf/process_map.h"
#include "source/tracefs_instance.h"

#include <unistd.h>

#include <cerrno>
#include <optional>

namespace memory_collector::ebpf {

namespace {

class FootprintGroup : public Group {
public:
    explicit FootprintGroup(const KernelBtf &btf) : skeleton_(footprint::open(btf.options()))
    {
        if (!skeleton_)
            fail("open the eBPF programs for the footprint", errno);
        if (const int error = footprint::load(skeleton_.get()); error != 0)
            fail("load the eBPF programs for the footprint", -error);
        seed();
        // libbpf finds the system calls' tracepoints there.
        tracing_directory();
        if (const int error = footprint::attach(skeleton_.get()); error != 0)
            fail("attach the eBPF programs for the footprint", -error);
        footprints_.emplace(skeleton_->maps.footprints);
        object_ = skeleton_->obj;
    }

    ExtraSet measured() const override { return extras(Extra::footprint_bytes); }

    void sample(Model &model, std::span<const ProcessKey> ended) override
    {
        footprints_->for_each([&](const ProcessKey &key, const mc_bpf_footprint &value) {
            // It may give back what it had before it was watched.
            const std::uint64_t pages = value.pages > value.base_pages ? value.pages - value.base_pages : 0;
            model.process_extra(key, Extra::footprint_bytes, pages * page_size_);
        });
        footprints_->forget(ended);
    }

    std::span<bpf_object *const> objects() const override { return {&object_, 1}; }

private:
    // What processes have by now is not theirs to account for.
    void seed()
    {
        const std::unique_ptr<bpf_link, int (*)(bpf_link *)> link{
            bpf_program__attach_iter(skeleton_->progs.footprint_seed, nullptr), bpf_link__destroy};
        if (!link)
            fail("attach the eBPF iterator of the footprint", errno);
        run_iterator(bpf_link__fd(link.get()));
    }

    SkeletonPtr<footprint, footprint::destroy> skeleton_;
    bpf_object *object_ = nullptr;
    std::optional<ProcessMap<mc_bpf_footprint>> footprints_;
    std::uint64_t page_size_ = static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
};

} // namespace

std::unique_ptr<Group> make_footprint_group(const KernelBtf &btf)
{
    return std::make_unique<FootprintGroup>(btf);
}

} // namespace memory_collector::ebpf
