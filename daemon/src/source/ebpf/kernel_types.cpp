// SPDX-License-Identifier: GPL-2.0-only
#include "source/ebpf/kernel_types.h"

#include "source/ebpf/loading.h"

#include <bpf/btf.h>

#include <cerrno>

namespace memory_collector::ebpf {

namespace {

// The kernel names the type of a tracepoint's function so.
std::string type_of(const std::string &tracepoint)
{
    return "btf_trace_" + tracepoint;
}

// Past const and typedef.
const btf_type *plain(const btf *types, std::uint32_t id)
{
    const btf_type *type = btf__type_by_id(types, id);
    while (type != nullptr && (btf_is_mod(type) || btf_is_typedef(type)))
        type = btf__type_by_id(types, type->type);
    return type;
}

} // namespace

void KernelTypes::Free::operator()(btf *types) const
{
    btf__free(types);
}

KernelTypes::KernelTypes() : types_(btf__load_vmlinux_btf())
{
    if (!types_)
        fail("read the kernel's BTF", errno);
}

bool KernelTypes::has_tracepoint(const std::string &name) const
{
    return btf__find_by_name_kind(types_.get(), type_of(name).c_str(), BTF_KIND_TYPEDEF) > 0;
}

bool KernelTypes::has_function(const std::string &name) const
{
    return btf__find_by_name_kind(types_.get(), name.c_str(), BTF_KIND_FUNC) > 0;
}

std::string KernelTypes::structure_of(const std::string &tracepoint, unsigned argument) const
{
    const std::int32_t id =
        btf__find_by_name_kind(types_.get(), type_of(tracepoint).c_str(), BTF_KIND_TYPEDEF);
    if (id <= 0)
        return {};
    // A pointer to a function, whose first argument is the listener's own.
    const btf_type *type = plain(types_.get(), static_cast<std::uint32_t>(id));
    if (type == nullptr || !btf_is_ptr(type))
        return {};
    type = btf__type_by_id(types_.get(), type->type);
    if (type == nullptr || !btf_is_func_proto(type) || argument + 1 >= btf_vlen(type))
        return {};
    type = plain(types_.get(), btf_params(type)[argument + 1].type);
    if (type == nullptr || !btf_is_ptr(type))
        return {};
    type = plain(types_.get(), type->type);
    return type != nullptr && btf_is_struct(type) ? btf__name_by_offset(types_.get(), type->name_off) : "";
}

} // namespace memory_collector::ebpf
