// SPDX-License-Identifier: GPL-2.0-only
//
// Kernel memory by process: what it was given by each of the kernel's allocators.
#include "kmem.skel.h"
#include "source/ebpf/cpu_counts.h"
#include "source/ebpf/group.h"
#include "source/ebpf/kernel_btf.h"
#include "source/ebpf/kernel_types.h"
#include "source/ebpf/loading.h"
#include "source/ebpf/process_map.h"
#include "support/error.h"

#include <spdlog/spdlog.h>

#include <unistd.h>

#include <array>
#include <cerrno>
#include <optional>

namespace memory_collector::ebpf {

namespace {

// Of a kind; some have no column of their own, for they are the same as allocated.
struct KindColumns {
    mc_bpf_kmem_kind kind;
    std::optional<Extra> requested;
    Extra allocated;
    Extra held;
};

constexpr KindColumns kind_columns[] = {
    {MC_BPF_KMEM_KMALLOC, Extra::kmem_kmalloc_requested_bytes, Extra::kmem_kmalloc_bytes,
     Extra::kmem_kmalloc_held_bytes},
    {MC_BPF_KMEM_CACHE, Extra::kmem_cache_requested_bytes, Extra::kmem_cache_bytes,
     Extra::kmem_cache_held_bytes},
    {MC_BPF_KMEM_PAGE, std::nullopt, Extra::kmem_page_bytes, Extra::kmem_page_held_bytes},
    {MC_BPF_KMEM_VMALLOC, std::nullopt, Extra::kmem_vmalloc_bytes, Extra::kmem_vmalloc_held_bytes},
    {MC_BPF_KMEM_PERCPU, std::nullopt, Extra::kmem_percpu_bytes, Extra::kmem_percpu_held_bytes},
};

class KmemGroup : public Group {
public:
    explicit KmemGroup(const KernelBtf &btf) : skeleton_(kmem::open(btf.options()))
    {
        if (!skeleton_)
            fail("open the eBPF programs for kernel memory", errno);
        choose();
        skeleton_->rodata->possible_cpus = static_cast<unsigned>(possible_cpus());
        skeleton_->rodata->page_size = static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
        if (const int error = kmem::load(skeleton_.get()); error != 0)
            fail("load the eBPF programs for kernel memory", -error);
        attach();
        object_ = skeleton_->obj;
        sums_.emplace(skeleton_->maps.kmem_sums);
    }

    ExtraSet measured() const override { return measured_; }
    std::vector<std::string> lacking() const override { return lacking_; }

    void sample(Model &model, std::span<const ProcessKey> ended) override
    {
        sums_->for_each([&](const ProcessKey &key, const mc_bpf_kmem &value) {
            for (const KindColumns &columns : kind_columns) {
                const mc_bpf_kmem_sum &sum = value.kinds[columns.kind];
                if (columns.requested)
                    model.process_extra(key, *columns.requested, sum.requested);
                model.process_extra(key, columns.allocated, sum.allocated);
                model.process_extra(key, columns.held, sum.held);
            }
            model.process_extra(key, Extra::kmem_missed_frees, value.missed_frees);
            model.process_extra(key, Extra::kmem_untracked_bytes, value.untracked);
        });
        sums_->forget(ended);
        tell_missed();
    }

    std::span<bpf_object *const> objects() const override { return {&object_, 1}; }

private:
    // What of it this kernel has.
    void choose()
    {
        const KernelTypes kernel;
        auto &programs = skeleton_->progs;
        if (kernel.structure_of("kmem_cache_alloc", 2) != "kmem_cache")
            throw Error("this kernel tells of its slab allocator in another way: 6.1 or later is needed");
        by_tracepoint_ = kernel.has_tracepoint("alloc_vmap_area");
        by_function_ = !by_tracepoint_ && kernel.has_function("alloc_vmap_area") &&
                       kernel.has_function("free_vmap_area_noflush");
        for (bpf_program *program : {programs.area_given, programs.area_taken})
            bpf_program__set_autoload(program, by_tracepoint_);
        for (bpf_program *program : {programs.area_returned, programs.area_returns})
            bpf_program__set_autoload(program, by_function_);
    }

    void attach()
    {
        auto &programs = skeleton_->progs;
        auto &links = skeleton_->links;
        measured_ = extras(Extra::kmem_kmalloc_requested_bytes, Extra::kmem_kmalloc_bytes,
                           Extra::kmem_kmalloc_held_bytes, Extra::kmem_cache_requested_bytes,
                           Extra::kmem_cache_bytes, Extra::kmem_cache_held_bytes, Extra::kmem_page_bytes,
                           Extra::kmem_page_held_bytes, Extra::kmem_missed_frees, Extra::kmem_untracked_bytes,
                           Extra::kmem_percpu_bytes, Extra::kmem_percpu_held_bytes);
        // Frees first: what is allocated meanwhile is then seen to go.
        for (const auto &[program, link] : {std::pair{programs.kfree_takes, &links.kfree_takes},
                                            {programs.cache_takes, &links.cache_takes},
                                            {programs.pages_taken, &links.pages_taken},
                                            {programs.percpu_taken, &links.percpu_taken},
                                            {programs.kmalloc_gives, &links.kmalloc_gives},
                                            {programs.cache_gives, &links.cache_gives},
                                            {programs.pages_given, &links.pages_given},
                                            {programs.percpu_given, &links.percpu_given}}) {
            *link = bpf_program__attach(program);
            if (*link == nullptr)
                fail(std::string{"attach the eBPF program "} + bpf_program__name(program), errno);
        }
        attach_vmalloc();
    }

    void attach_vmalloc()
    {
        auto &programs = skeleton_->progs;
        auto &links = skeleton_->links;
        if (by_tracepoint_) {
            links.area_taken = bpf_program__attach(programs.area_taken);
            links.area_given = bpf_program__attach(programs.area_given);
        } else if (by_function_) {
            links.area_returns = bpf_program__attach(programs.area_returns);
            links.area_returned = bpf_program__attach(programs.area_returned);
        }
        const bool frees = links.area_taken != nullptr || links.area_returns != nullptr;
        if (links.area_given != nullptr || links.area_returned != nullptr) {
            measured_ |= extras(Extra::kmem_vmalloc_bytes);
            if (frees)
                measured_ |= extras(Extra::kmem_vmalloc_held_bytes);
        } else {
            lacking_.emplace_back(
                "kmem_vmalloc_bytes and kmem_vmalloc_held_bytes are null: this kernel has no "
                "tracepoint alloc_vmap_area (6.3 or later), and refuses fexit of the function");
        }
    }

    // A program that an interrupt came upon while it ran is not run for what the interrupt does.
    void tell_missed()
    {
        std::uint64_t missed = 0;
        for (const bpf_program *program :
             {skeleton_->progs.kmalloc_gives, skeleton_->progs.kfree_takes, skeleton_->progs.cache_gives,
              skeleton_->progs.cache_takes, skeleton_->progs.pages_given, skeleton_->progs.pages_taken})
            missed += recursion_misses(program);
        if (missed < 2 * told_missed_ || missed == told_missed_)
            return;
        spdlog::warn("kmem: {} allocations or frees in interrupts were not seen, so far", missed);
        told_missed_ = missed;
    }

    SkeletonPtr<kmem, kmem::destroy> skeleton_;
    bpf_object *object_ = nullptr;
    std::optional<ProcessMap<mc_bpf_kmem>> sums_;
    ExtraSet measured_;
    std::vector<std::string> lacking_;
    bool by_tracepoint_ = false;
    bool by_function_ = false;
    std::uint64_t told_missed_ = 0;
};

} // namespace

std::unique_ptr<Group> make_kmem_group(const KernelBtf &btf)
{
    return std::make_unique<KmemGroup>(btf);
}

} // namespace memory_collector::ebpf
