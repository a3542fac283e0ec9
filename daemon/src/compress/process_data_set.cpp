// SPDX-License-Identifier: GPL-2.0-only
#include "compress/process_data_set.h"

#include "compress/estimate.h"
#include "compress/page_reader.h"
#include "compress/population.h"
#include "support/error.h"

#include <algorithm>
#include <cstring>

namespace memory_collector::compress {

DataSet read_process_data_set(std::uint32_t pid, std::size_t most)
{
    const std::string name = "process " + std::to_string(pid);
    const ProcessMemory::Opened opened = ProcessMemory::open(pid);
    if (!opened.memory)
        throw Error(name + ": " + failure_text(opened.failure, opened.error));
    PopulationOptions options{.most_sampled = most / page_bytes, .seed = pid};
    options.shmem.insert(kernel_shmem_device());
    options.zero_frame = zero_page_frame();
    std::vector<PageAt> pages = find_population(*opened.memory, options).sample;
    std::sort(pages.begin(), pages.end(),
              [](const PageAt &one, const PageAt &other) { return one.address < other.address; });
    const SecretBuffer read{pages.size() * page_bytes};
    ReadCounts counts;
    for (const PageAt &page : pages)
        read_present_page(*opened.memory, page, read.bytes().subspan(counts.read * page_bytes, page_bytes),
                          counts);
    if (counts.read == 0)
        throw Error(name + " has no memory that could be swapped, or it has ended");
    DataSet set{name, SecretBuffer{counts.read * page_bytes}};
    std::memcpy(set.bytes.data(), read.data(), set.bytes.size());
    return set;
}

} // namespace memory_collector::compress
