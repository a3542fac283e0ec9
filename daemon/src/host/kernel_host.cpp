// SPDX-License-Identifier: GPL-2.0-only
#include "host/kernel_host.h"

#include <memory_collector/abi.h>

#include <charconv>

namespace memory_collector {

std::string kernel_release(const HostPaths &host)
{
    return host.read_word("/proc/sys/kernel/osrelease").value_or("unknown");
}

bool kernel_at_least(std::string_view release, unsigned major, unsigned minor)
{
    const char *const end = release.data() + release.size();
    unsigned its_major = 0;
    unsigned its_minor = 0;
    const auto [dot, error] = std::from_chars(release.data(), end, its_major);
    if (error != std::errc{} || dot == end || *dot != '.' ||
        std::from_chars(dot + 1, end, its_minor).ec != std::errc{})
        return true;
    return its_major != major ? its_major > major : its_minor >= minor;
}

ModuleLoading module_loading(const HostPaths &host)
{
    // Both files exist only with CONFIG_MODULES.
    if (!host.exists("/proc/modules") && !host.exists("/proc/sys/kernel/modules_disabled"))
        return ModuleLoading::not_built_in;
    if (host.read_word("/proc/sys/kernel/modules_disabled") == "1")
        return ModuleLoading::switched_off;
    if (host.read_word("/sys/module/module/parameters/sig_enforce") == "Y")
        return ModuleLoading::signed_only;
    return ModuleLoading::possible;
}

std::optional<std::string> lockdown_mode(const HostPaths &host)
{
    const auto text = host.read("/sys/kernel/security/lockdown");
    if (!text)
        return std::nullopt;
    const auto open = text->find('[');
    const auto close = text->find(']', open == std::string::npos ? 0 : open);
    if (open == std::string::npos || close == std::string::npos)
        return std::nullopt;
    return text->substr(open + 1, close - open - 1);
}

SecureBoot secure_boot(const HostPaths &host)
{
    if (!host.exists("/sys/firmware/efi"))
        return SecureBoot::no_efi;
    // Four bytes of attributes, then the value (UEFI 2.10, 3.3).
    const auto variable =
        host.read("/sys/firmware/efi/efivars/SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c");
    if (!variable || variable->size() < 5)
        return SecureBoot::unknown;
    return (*variable)[4] == 1 ? SecureBoot::on : SecureBoot::off;
}

std::optional<std::string> kernel_headers(const HostPaths &host)
{
    const std::string folder = "/lib/modules/" + kernel_release(host) + "/build";
    // The link stays behind when the headers' package is removed.
    if (!host.exists(folder + "/Makefile"))
        return std::nullopt;
    return folder;
}

CollectorModule collector_module(const HostPaths &host)
{
    CollectorModule module;
    module.loaded = host.exists("/sys/module/" MC_MODULE_NAME);
    const auto text = host.read_word(MC_ABI_VERSION_PATH);
    unsigned long version = 0;
    if (text && std::from_chars(text->data(), text->data() + text->size(), version).ec == std::errc{})
        module.abi_version = version;
    return module;
}

} // namespace memory_collector
