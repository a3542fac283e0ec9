// SPDX-License-Identifier: GPL-2.0-only
//
// The files of /proc/PID, parts of the input with a 0xff between.
#include "fuzz_support.h"
#include "source/process_directory.h"

using namespace memory_collector;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size)
{
    static const fuzz::Folder folder;
    std::string_view rest = fuzz::text_of(data, size);
    for (const char *name : {"42/stat", "42/status", "42/cgroup", "42/cmdline"})
        folder.write(name, fuzz::next_part(rest, '\xff'));
    ProcessDirectory directory{folder.path(""), 0, 100, HostPaths{folder.path("host")}};
    const ProcessKey key{123'450'000'000, 42};
    const auto details = directory.look_up(key);
    fuzz::require(!details || !directory.gone(key), "who is looked up is not gone");
    return 0;
}
