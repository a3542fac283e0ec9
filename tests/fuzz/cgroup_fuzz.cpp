// SPDX-License-Identifier: GPL-2.0-only
//
// /proc/PID/cgroup, and what a path says of container, pod and unit.
#include "fuzz_support.h"
#include "host/cgroup.h"

using namespace memory_collector;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size)
{
    const std::string_view text = fuzz::text_of(data, size);
    const std::string path = cgroup_path(text);
    fuzz::require(path.empty() || text.find(path) != std::string_view::npos, "a path is one of the text");
    for (const std::string_view of : {std::string_view{path}, text}) {
        const CgroupPlace place = cgroup_place(of);
        fuzz::require(of.find(place.unit) != std::string_view::npos || place.unit.find('\\') != 0,
                      "a unit is of the path");
        fuzz::require(place == cgroup_place(of), "a path says the same again");
    }
    is_container_id(text);
    return 0;
}
