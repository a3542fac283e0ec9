// SPDX-License-Identifier: GPL-2.0-only
//
// A ring's pages all the way to rows: of two CPUs in turns, each page behind its
// length in two bytes.
#include "fuzz_support.h"
#include "model_support.h"
#include "sink/output.h"
#include "sink/sink_registry.h"
#include "support/error.h"
#include "support/fd.h"

#include <fcntl.h>

#include <algorithm>
#include <cstring>
#include <vector>

using namespace memory_collector;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size)
{
    static const UniqueFd null{::open("/dev/null", O_WRONLY | O_CLOEXEC)};
    std::vector<std::vector<testing::BurstPage>> pages(2);
    constexpr std::size_t most_pages = 64; // room is made for each
    std::uint16_t length = 0;
    for (std::size_t at = 0, page = 0; at + sizeof(length) <= size && page < most_pages; page++) {
        std::memcpy(&length, data + at, sizeof(length));
        at += sizeof(length);
        const std::size_t here = std::min({std::size_t{length}, size - at, std::size_t{4096}});
        if (here == 0)
            break; // a read of nothing is no page
        const auto *const begin = reinterpret_cast<const std::byte *>(data) + at;
        pages[page % 2].push_back({page, testing::Bytes{begin, begin + here}});
        at += here;
    }
    Output output = Output::descriptor(null.get());
    const auto sink = make_sink("jsonl", output, {});
    ModelOptions options;
    options.interval_ns = 10 * testing::ms;
    try {
        testing::replay_into(pages, options, *sink);
    } catch (const Error &) {
        // A CPU or a domain that no machine has.
    }
    return 0;
}
