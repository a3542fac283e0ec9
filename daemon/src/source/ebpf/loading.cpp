// SPDX-License-Identifier: GPL-2.0-only
#include "source/ebpf/loading.h"

#include "host/kernel_host.h"
#include "host/privileges.h"
#include "source/ebpf/kernel_btf.h"
#include "support/error.h"
#include "support/fd.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <spdlog/spdlog.h>

#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdarg>
#include <cstdio>
#include <string_view>

namespace memory_collector::ebpf {

namespace {

[[gnu::format(printf, 2, 0)]] int to_log(libbpf_print_level, const char *format, va_list arguments)
{
    std::array<char, 1024> text{};
    const int length = std::vsnprintf(text.data(), text.size(), format, arguments);
    if (length > 0) {
        std::string_view line{text.data()};
        while (!line.empty() && line.back() == '\n')
            line.remove_suffix(1);
        spdlog::debug("libbpf: {}", line);
    }
    return length;
}

std::string remedy(int error)
{
    const HostPaths host;
    if (error == EPERM || error == EACCES) {
        const std::string missing = capability_names(missing_for_ebpf(own_privileges(host)));
        if (!missing.empty())
            return "it lacks " + missing +
                   ": run it as root, or give it that (setpriv, or systemd's "
                   "AmbientCapabilities=)";
        return "no capability is missing: a seccomp filter, lockdown or another security module refuses it, "
               "or "
               "these are the capabilities of a user namespace, which do not count";
    }
    if (!kernel_at_least(kernel_release(host), 5, 8))
        return "kernel " + kernel_release(host) + " is too old: task iterators and rings came with 5.8";
    if (::access(KernelBtf::own, R_OK) != 0)
        return std::string{"this kernel shows no BTF of its own ("} + KernelBtf::own +
               "): iterators and typed tracepoints need a kernel with CONFIG_DEBUG_INFO_BTF; --btf FILE "
               "tells "
               "where fields are, and does not stand in for it";
    if (error == ENOMEM)
        return "there is not memory enough";
    return "--log-level debug shows what the kernel says; memory-collector doctor what this machine has";
}

} // namespace

void quiet_libbpf()
{
    libbpf_set_print(to_log);
    libbpf_set_strict_mode(LIBBPF_STRICT_ALL);
}

void fail(const std::string &what, int error)
{
    throw Error("cannot " + what + ": " + error_text(error) + "; " + remedy(error));
}

std::uint64_t recursion_misses(const bpf_program *program)
{
    bpf_prog_info info{};
    std::uint32_t size = sizeof(info);
    if (bpf_obj_get_info_by_fd(bpf_program__fd(program), &info, &size) != 0)
        return 0;
    return info.recursion_misses;
}

void run_iterator(int link)
{
    const UniqueFd pass{bpf_iter_create(link)};
    if (!pass)
        fail("begin a pass of an eBPF iterator", errno);
    std::array<char, 64> nothing{};
    ssize_t length = 1;
    while (length > 0 || (length < 0 && (errno == EINTR || errno == EAGAIN)))
        length = ::read(pass.get(), nothing.data(), nothing.size());
    if (length < 0)
        fail("read an eBPF iterator", errno);
}

} // namespace memory_collector::ebpf
