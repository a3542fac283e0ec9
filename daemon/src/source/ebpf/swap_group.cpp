// SPDX-License-Identifier: GPL-2.0-only
//
// Pages that processes read from and wrote to swap space.
#include "source/ebpf/group.h"
#include "source/ebpf/kernel_btf.h"
#include "source/ebpf/kernel_types.h"
#include "source/ebpf/loading.h"
#include "source/ebpf/process_map.h"
#include "support/error.h"
#include "swap.skel.h"

#include <bpf/libbpf.h>

#include <cerrno>
#include <memory>
#include <optional>
#include <string>

namespace memory_collector::ebpf {

namespace {

[[noreturn]] void refuse(const char *what, int error)
{
    throw Error(std::string{"swapin_pages and swapout_pages are null: cannot "} + what +
                " the eBPF programs at the kernel's functions (fentry): " + error_text(error) +
                "; some virtual machines and kernels without BPF trampolines do not let that be done");
}

// How the kernel reads from swap space: by folio, or on older ones by page.
bool reads_folios()
{
    const KernelTypes kernel;
    const bool by_folio = kernel.has_function("swap_read_folio");
    if (!kernel.has_function("__swap_writepage") || (!by_folio && !kernel.has_function("swap_readpage")))
        refuse("find a place for", ENOENT);
    return by_folio;
}

class SwapGroup : public Group {
public:
    explicit SwapGroup(const KernelBtf &btf) : skeleton_(swap::open(btf.options()))
    {
        if (!skeleton_)
            refuse("open", errno);
        const bool by_folio = reads_folios();
        bpf_program__set_autoload(skeleton_->progs.folio_is_read, by_folio);
        bpf_program__set_autoload(skeleton_->progs.page_is_read, !by_folio);
        if (const int error = swap::load(skeleton_.get()); error != 0)
            refuse("load", -error);
        if (const int error = swap::attach(skeleton_.get()); error != 0)
            refuse("attach", -error);
        object_ = skeleton_->obj;
        swapped_.emplace(skeleton_->maps.swapped);
    }

    ExtraSet measured() const override { return extras(Extra::swapin_pages, Extra::swapout_pages); }

    void sample(Model &model, std::span<const ProcessKey> ended) override
    {
        swapped_->for_each([&model](ProcessKey key, const mc_bpf_swap &value) {
            model.process_extra(key, Extra::swapin_pages, value.in);
            model.process_extra(key, Extra::swapout_pages, value.out);
        });
        swapped_->forget(ended);
    }

    std::span<bpf_object *const> objects() const override { return {&object_, 1}; }

private:
    SkeletonPtr<swap, swap::destroy> skeleton_;
    bpf_object *object_ = nullptr;
    std::optional<ProcessMap<mc_bpf_swap>> swapped_;
};

} // namespace

std::unique_ptr<Group> make_swap_group(const KernelBtf &btf)
{
    return std::make_unique<SwapGroup>(btf);
}

} // namespace memory_collector::ebpf
