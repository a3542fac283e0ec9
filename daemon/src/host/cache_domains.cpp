// SPDX-License-Identifier: GPL-2.0-only
#include "host/cache_domains.h"

#include <algorithm>
#include <set>
#include <string>
#include <string_view>

namespace memory_collector {
namespace {

bool numbered(const std::string &name, std::string_view prefix)
{
    return name.size() > prefix.size() && name.starts_with(prefix) &&
           std::all_of(name.begin() + static_cast<std::ptrdiff_t>(prefix.size()), name.end(),
                       [](char digit) { return digit >= '0' && digit <= '9'; });
}

} // namespace

CacheDomains inspect_cache_domains(const HostPaths &host)
{
    CacheDomains domains;
    std::set<std::string> ids;
    std::error_code error;
    for (const auto &entry : std::filesystem::directory_iterator{host.at("/sys/devices/system/cpu"), error}) {
        const std::string name = entry.path().filename();
        if (!numbered(name, "cpu"))
            continue;
        const std::string cache = "/sys/devices/system/cpu/" + name + "/cache/index3/";
        if (host.read_word(cache + "level") == "3")
            if (const auto id = host.read_word(cache + "id"))
                ids.insert(*id);
    }
    domains.l3_caches = ids.size();
    for (const auto &entry :
         std::filesystem::directory_iterator{host.at("/sys/devices/system/node"), error}) {
        const std::string name = entry.path().filename();
        if (numbered(name, "node") &&
            !host.read_word("/sys/devices/system/node/" + name + "/cpulist").value_or("").empty())
            domains.nodes_with_cpus++;
    }
    return domains;
}

} // namespace memory_collector
