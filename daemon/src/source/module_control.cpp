// SPDX-License-Identifier: GPL-2.0-only
#include "source/module_control.h"

#include "support/error.h"
#include "support/fd.h"
#include "support/files.h"

#include <memory_collector/abi.h>
#include <spdlog/spdlog.h>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <string>

namespace memory_collector {

std::optional<std::uint64_t> ModuleControl::loading()
{
    struct stat status {};
    if (::stat("/sys/module/" MC_MODULE_NAME, &status) != 0)
        return std::nullopt;
    // sysfs gives every new directory a new number.
    return status.st_ino;
}

void ModuleControl::check()
{
    if (!loading())
        throw Error(
            "the kernel module is not loaded: insmod module/build/collector.ko (or modprobe collector)");
    const std::string text = read_file(MC_ABI_VERSION_PATH);
    unsigned version = 0;
    if (std::from_chars(text.data(), text.data() + text.size(), version).ec != std::errc{})
        throw Error("cannot read '" MC_ABI_VERSION_PATH "': the loaded module '" MC_MODULE_NAME
                    "' is another one; rmmod " MC_MODULE_NAME ", then insmod module/build/collector.ko");
    if (version != MC_ABI_VERSION)
        throw Error("the loaded module speaks ABI version " + std::to_string(version) +
                    ", this program version " + std::to_string(MC_ABI_VERSION) +
                    ": rmmod " MC_MODULE_NAME ", then insmod the collector.ko of this program's build");
}

ModuleControl::Dump ModuleControl::dump()
{
    const UniqueFd fd{::open("/proc/" MC_PROC_NAME, O_WRONLY | O_CLOEXEC)};
    static constexpr std::string_view command = "dump";
    if (fd && ::write(fd.get(), command.data(), command.size()) == static_cast<ssize_t>(command.size()))
        return Dump::done;
    const int error = errno;
    if (error == EAGAIN || error == ENODATA || error == EBUSY || error == EINTR)
        return Dump::later;
    spdlog::warn("'/proc/" MC_PROC_NAME
                 "' refuses to dump: {}{}; a process is in the report from when it runs",
                 error_text(error),
                 error == EPERM || error == EACCES ? " (root's file, and it needs CAP_SYS_ADMIN)" : "");
    return Dump::refused;
}

} // namespace memory_collector
