// SPDX-License-Identifier: GPL-2.0-only
//
// The records that container runtimes keep of names.
#include "fuzz_support.h"
#include "host/container_names.h"

using namespace memory_collector;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size)
{
    static const fuzz::Folder folder;
    static const std::string id(64, 'a');
    std::string_view rest = fuzz::text_of(data, size);
    folder.write("var/lib/docker/containers/" + id + "/config.v2.json", fuzz::next_part(rest, '\xff'));
    folder.write("var/lib/containers/storage/overlay-containers/containers.json",
                 fuzz::next_part(rest, '\xff'));
    folder.write("run/containerd/io.containerd.runtime.v2.task/k8s.io/" + id + "/config.json", rest);
    ContainerNames names{HostPaths{folder.path("")}};
    names.find(id, 1);
    names.find(std::string(64, 'b'), 1);
    return 0;
}
