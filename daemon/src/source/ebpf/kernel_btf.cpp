// SPDX-License-Identifier: GPL-2.0-only
#include "source/ebpf/kernel_btf.h"

#include "host/privileges.h"
#include "support/error.h"

#include <bpf/btf.h>

#include <unistd.h>

#include <cerrno>
#include <memory>

namespace memory_collector::ebpf {

namespace {

struct FreeBtf {
    void operator()(btf *types) const { btf__free(types); }
};
using BtfPtr = std::unique_ptr<btf, FreeBtf>;

constexpr const char *remedy =
    "; give a copy of "
    "/sys/kernel/btf/vmlinux of the same kernel build, or what pahole --btf_encode_detached "
    "makes of its debug symbols";

BtfPtr parsed(const std::string &file)
{
    const std::string cannot = "cannot take the kernel's types from '" + file + "': ";
    if (::access(file.c_str(), R_OK) != 0)
        throw Error(cannot + error_text(errno) + remedy);
    btf *const types = btf__parse(file.c_str(), nullptr);
    // libbpf's numbers for what is no BTF are many, and some read like a file that is not there.
    if (const long error = libbpf_get_error(types); error != 0)
        throw Error(cannot + (error == -ENOMEM ? error_text(ENOMEM) : "it is no BTF") + remedy);
    return BtfPtr{types};
}

// 0 if there is none of this name.
std::uint32_t size_of(const btf &types, const char *name)
{
    const int id = btf__find_by_name_kind(&types, name, BTF_KIND_STRUCT);
    return id > 0 ? btf__type_by_id(&types, static_cast<std::uint32_t>(id))->size : 0;
}

} // namespace

KernelBtf::KernelBtf(std::string file) : file_(std::move(file))
{
    options_.sz = sizeof(options_);
    const bool readable = ::access(own, R_OK) == 0;
    if (!file_.empty()) {
        const BtfPtr given = parsed(file_);
        const BtfPtr running = readable ? parsed(own) : nullptr;
        for (const char *const name : {"task_struct", "mm_struct", "signal_struct"}) {
            const std::uint32_t size = size_of(*given, name);
            if (size == 0)
                throw Error("cannot take the kernel's types from '" + file_ + "': it has no struct " + name +
                            remedy);
            if (running && size != size_of(*running, name))
                throw Error("'" + file_ + "' is of another kernel: its struct " + name +
                            " has another size than in " + own + "; leave --btf out");
        }
        options_.btf_custom_path = file_.c_str();
    } else if (readable && !own_privileges(HostPaths{}).has(Capability::sys_admin)) {
        // libbpf would also look into the BTF of every module, which needs CAP_SYS_ADMIN, and fail
        // (before 1.3) where it may not. Named as a file, the kernel's is the only one it looks into.
        options_.btf_custom_path = own;
    }
}

} // namespace memory_collector::ebpf
