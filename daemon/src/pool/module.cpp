// SPDX-License-Identifier: GPL-2.0-only
#include "pool/module.h"

#include "pool/tool.h"
#include "pool/zram_device.h"
#include "support/error.h"
#include "support/sysfs_file.h"
#include "support/until_free.h"

#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace memory_collector::pool {

bool has_zram(const HostPaths &host)
{
    return host.exists(zram_control);
}

bool zram_is_built_in(const HostPaths &host)
{
    // Only what can be loaded has a state.
    return has_zram(host) && !host.exists("/sys/module/zram/initstate");
}

void load_zram()
{
    std::string why;
    try {
        run_tool({"modprobe", "zram", "num_devices=0"}, "kmod");
    } catch (const Error &error) {
        why = error.what();
    }
    if (has_zram())
        return;
    throw Error(
        "this kernel has no zram, and its module cannot be loaded: " +
        (why.empty() ? std::string{"modprobe zram did nothing"} : why) +
        "; install the modules of the running kernel (Debian: linux-image-$(uname -r)), or boot one with "
        "CONFIG_ZRAM");
}

void unload_zram()
{
    for (const unsigned number : zram_numbers({}))
        if (ZramDevice::existing(number).initialised())
            throw Error("the module zram stays: /dev/zram" + std::to_string(number) +
                        " has data that is not the pool's");
    const int error = until_free([] {
        return ::syscall(SYS_delete_module, "zram", O_NONBLOCK) == 0 ? 0 : errno == EAGAIN ? EBUSY : errno;
    });
    if (error != 0)
        throw Error("the module zram stays: " + error_text(error) +
                    (error == EPERM ? "; run as root (CAP_SYS_MODULE)" : ""));
}

} // namespace memory_collector::pool
