// SPDX-License-Identifier: GPL-2.0-only
//
// /proc/self/mountinfo, /proc/filesystems and what else doctor reads of a host.
#include "fuzz_support.h"
#include "host/cache_domains.h"
#include "host/kernel_host.h"
#include "host/mounts.h"

using namespace memory_collector;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size)
{
    static const fuzz::Folder folder;
    std::string_view rest = fuzz::text_of(data, size);
    for (const char *name : {"proc/self/mountinfo", "proc/self/mounts", "proc/filesystems",
                             "sys/kernel/security/lockdown", "proc/sys/kernel/osrelease"})
        folder.write(name, fuzz::next_part(rest, '\xff'));
    const HostPaths host{folder.path("")};
    mount_points(host, "tracefs");
    knows_filesystem(host, "resctrl");
    lockdown_mode(host);
    kernel_release(host);
    module_loading(host);
    return 0;
}
