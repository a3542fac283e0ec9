// SPDX-License-Identifier: GPL-2.0-only
#include "source/ebpf/loading.h"

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
    if (error == EPERM || error == EACCES)
        return "it needs CAP_BPF and CAP_PERFMON: run it as root";
    if (::access("/sys/kernel/btf/vmlinux", R_OK) != 0)
        return "this kernel has no BTF (/sys/kernel/btf/vmlinux): one with CONFIG_DEBUG_INFO_BTF is needed";
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
