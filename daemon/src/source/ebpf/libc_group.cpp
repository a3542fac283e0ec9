// SPDX-License-Identifier: GPL-2.0-only
//
// Probes of the C library's malloc and its kin: what it has handed out to each process.
#include "libc_malloc.skel.h"
#include "source/ebpf/group.h"
#include "source/ebpf/kernel_btf.h"
#include "source/ebpf/loading.h"
#include "source/ebpf/process_map.h"
#include "support/error.h"

#include <dlfcn.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <optional>
#include <string>
#include <vector>

namespace memory_collector::ebpf {

namespace {

// So full may the list be of pieces of the dead before it is swept.
constexpr std::uint64_t most_stale = MC_BPF_MALLOC_PIECES / 8;

// The one that this program itself uses.
std::string c_library()
{
    void *const function = ::dlsym(RTLD_DEFAULT, "gnu_get_libc_version");
    Dl_info info{};
    if (function == nullptr || ::dladdr(function, &info) == 0 || info.dli_fname == nullptr)
        throw Error("this program uses no shared C library that could be probed");
    return info.dli_fname;
}

class LibcGroup : public Group {
public:
    explicit LibcGroup(const KernelBtf &btf) : skeleton_(libc_malloc::open(btf.options()))
    {
        if (!skeleton_)
            fail("open the eBPF probes of malloc", errno);
        if (const int error = libc_malloc::load(skeleton_.get()); error != 0)
            fail("load the eBPF probes of malloc", -error);
        object_ = skeleton_->obj;
        try {
            attach(c_library());
            sums_.emplace(skeleton_->maps.malloc_sums);
        } catch (const Error &error) {
            links_.clear();
            lacking_.push_back(std::string{"malloc_bytes is null: "} + error.what());
        }
    }

    ExtraSet measured() const override
    {
        return sums_ ? extras(Extra::malloc_bytes, Extra::malloc_untracked_bytes) : ExtraSet{};
    }
    std::vector<std::string> lacking() const override { return lacking_; }

    void sample(Model &model, std::span<const ProcessKey> ended) override
    {
        if (!sums_)
            return;
        sums_->for_each([&](const ProcessKey &key, const mc_bpf_malloc &value) {
            model.process_extra(key, Extra::malloc_bytes, value.live_bytes);
            model.process_extra(key, Extra::malloc_untracked_bytes, value.untracked);
            if (std::find(ended.begin(), ended.end(), key) != ended.end())
                stale_ += value.live_pieces;
        });
        sums_->forget(ended);
        stale_ += __atomic_exchange_n(&skeleton_->bss->malloc_stale, 0, __ATOMIC_RELAXED);
        if (stale_ > most_stale)
            sweep();
    }

    std::span<bpf_object *const> objects() const override { return {&object_, 1}; }

private:
    void attach(const std::string &library)
    {
        const auto &programs = skeleton_->progs;
        const struct {
            const char *function;
            const bpf_program *enter;
            const bpf_program *leave;
        } probes[] = {
            {"free", programs.enter_free, nullptr},
            {"malloc", programs.enter_malloc, programs.leave_malloc},
            {"calloc", programs.enter_calloc, programs.leave_calloc},
            {"realloc", programs.enter_realloc, programs.leave_realloc},
            {"memalign", programs.enter_aligned, programs.leave_aligned},
            {"aligned_alloc", programs.enter_aligned, programs.leave_aligned},
            {"posix_memalign", programs.enter_posix, programs.leave_posix},
            {"valloc", programs.enter_paged, programs.leave_aligned},
            {"pvalloc", programs.enter_paged, programs.leave_aligned},
        };
        keep(bpf_program__attach(programs.malloc_executes), "sched_process_exec");
        for (const auto &probe : probes)
            for (const bpf_program *program : {probe.leave, probe.enter}) {
                if (program == nullptr)
                    continue;
                LIBBPF_OPTS(bpf_uprobe_opts, options);
                options.func_name = probe.function;
                options.retprobe = program == probe.leave;
                keep(bpf_program__attach_uprobe_opts(program, -1, library.c_str(), 0, &options),
                     std::string{probe.function} + "() of " + library);
            }
    }

    void keep(bpf_link *link, const std::string &what)
    {
        if (link == nullptr)
            fail("attach to " + what, errno);
        links_.emplace_back(link, bpf_link__destroy);
    }

    // Out with the pieces whose process has ended, or executes another program by now.
    void sweep()
    {
        const int pieces = bpf_map__fd(skeleton_->maps.malloc_pieces);
        const int sums = bpf_map__fd(skeleton_->maps.malloc_sums);
        std::vector<mc_bpf_malloc_key> gone;
        mc_bpf_malloc_key key{};
        mc_bpf_malloc_piece piece{};
        mc_bpf_malloc process{};
        for (int error = bpf_map_get_next_key(pieces, nullptr, &key); error == 0;
             error = bpf_map_get_next_key(pieces, &key, &key)) {
            if (bpf_map_lookup_elem(pieces, &key, &piece) != 0)
                continue;
            const mc_bpf_process owner{piece.start_time_ns, key.tgid, 0};
            if (bpf_map_lookup_elem(sums, &owner, &process) != 0 || process.image != piece.image)
                gone.push_back(key);
        }
        for (const mc_bpf_malloc_key &old : gone)
            bpf_map_delete_elem(pieces, &old);
        stale_ = 0;
    }

    SkeletonPtr<libc_malloc, libc_malloc::destroy> skeleton_;
    bpf_object *object_ = nullptr;
    std::vector<std::unique_ptr<bpf_link, int (*)(bpf_link *)>> links_;
    // None where the host refuses probes.
    std::optional<ProcessMap<mc_bpf_malloc>> sums_;
    std::vector<std::string> lacking_;
    // Pieces in the list whose processes have ended.
    std::uint64_t stale_ = 0;
};

} // namespace

std::unique_ptr<Group> make_libc_group(const KernelBtf &btf)
{
    return std::make_unique<LibcGroup>(btf);
}

} // namespace memory_collector::ebpf
