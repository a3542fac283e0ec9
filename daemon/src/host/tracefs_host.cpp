// SPDX-License-Identifier: GPL-2.0-only
#include "host/tracefs_host.h"

#include "host/mounts.h"

#include <memory_collector/abi.h>

#include <algorithm>
#include <cerrno>

#include <sys/stat.h>
#include <unistd.h>

namespace memory_collector {
namespace {

// Only trying tells: lockdown, a read-only mount and security modules refuse
// in their own ways.
int try_instance(const std::filesystem::path &instances)
{
    const auto probe = instances / ("memory_collector_doctor_" + std::to_string(getpid()));
    if (mkdir(probe.c_str(), 0700) != 0)
        return errno;
    return rmdir(probe.c_str()) == 0 ? 0 : errno;
}

} // namespace

TracefsHost inspect_tracefs(const HostPaths &host)
{
    TracefsHost tracefs;
    tracefs.known_to_kernel = knows_filesystem(host, "tracefs");
    const auto points = mount_points(host, "tracefs");
    if (points.empty())
        return tracefs;
    // libtracefs looks at the usual place first, too.
    const auto usual = std::find(points.begin(), points.end(), "/sys/kernel/tracing");
    tracefs.mount_point = usual != points.end() ? *usual : points.front();
    tracefs.instance_error = try_instance(host.at(*tracefs.mount_point + "/instances"));
    tracefs.collector_events = host.exists(*tracefs.mount_point + "/events/" MC_TRACE_SYSTEM);
    return tracefs;
}

} // namespace memory_collector
