// SPDX-License-Identifier: GPL-2.0-only
//
// Address space that processes take call by call, and what malloc hands out of it.
#include "footprint.skel.h"
#include "source/ebpf/group.h"
#include "source/ebpf/kernel_btf.h"
#include "source/ebpf/loading.h"
#include "source/ebpf/malloc_probes.h"
#include "source/ebpf/process_map.h"
#include "support/error.h"
#include "support/fd.h"

#include <unistd.h>

#include <array>
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
        if (const int error = footprint::attach(skeleton_.get()); error != 0)
            fail("attach the eBPF programs for the footprint", -error);
        footprints_.emplace(skeleton_->maps.footprints);
        objects_.push_back(skeleton_->obj);
        measured_ = extras(Extra::footprint_bytes);
        try {
            malloc_.emplace(btf);
            objects_.push_back(malloc_->object());
            measured_ |= extras(Extra::malloc_bytes, Extra::malloc_untracked_bytes);
        } catch (const Error &error) {
            lacking_.push_back(std::string{"malloc_bytes is null: "} + error.what());
        }
    }

    ExtraSet measured() const override { return measured_; }
    std::vector<std::string> lacking() const override { return lacking_; }

    void sample(Model &model, std::span<const ProcessKey> ended) override
    {
        footprints_->for_each([&](const ProcessKey &key, const mc_bpf_footprint &value) {
            // It may give back what it had before it was watched.
            const std::uint64_t pages = value.pages > value.base_pages ? value.pages - value.base_pages : 0;
            model.process_extra(key, Extra::footprint_bytes, pages * page_size_);
        });
        footprints_->forget(ended);
        if (malloc_)
            malloc_->sample(model, ended);
    }

    std::span<bpf_object *const> objects() const override { return objects_; }

private:
    // What processes have by now is not theirs to account for.
    void seed()
    {
        const std::unique_ptr<bpf_link, int (*)(bpf_link *)> link{
            bpf_program__attach_iter(skeleton_->progs.footprint_seed, nullptr), bpf_link__destroy};
        if (!link)
            fail("attach the eBPF iterator of the footprint", errno);
        const UniqueFd pass{bpf_iter_create(bpf_link__fd(link.get()))};
        if (!pass)
            fail("begin a pass of the eBPF iterator of the footprint", errno);
        std::array<char, 256> nothing{};
        while (true) {
            const ssize_t length = ::read(pass.get(), nothing.data(), nothing.size());
            if (length == 0)
                return;
            if (length < 0 && errno != EINTR && errno != EAGAIN)
                fail("read the eBPF iterator of the footprint", errno);
        }
    }

    SkeletonPtr<footprint, footprint::destroy> skeleton_;
    std::optional<ProcessMap<mc_bpf_footprint>> footprints_;
    std::optional<MallocProbes> malloc_;
    std::vector<bpf_object *> objects_;
    ExtraSet measured_;
    std::vector<std::string> lacking_;
    std::uint64_t page_size_ = static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
};

} // namespace

std::unique_ptr<Group> make_footprint_group(const KernelBtf &btf)
{
    return std::make_unique<FootprintGroup>(btf);
}

} // namespace memory_collector::ebpf
