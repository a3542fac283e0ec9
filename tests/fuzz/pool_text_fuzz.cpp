// SPDX-License-Identifier: GPL-2.0-only
//
// The texts that the RAM pool reads: what a zram device says, /proc/swaps, and its own state. Each reader
// is given all of the input.
#include "fuzz_support.h"
#include "host/process_id.h"
#include "pool/state.h"
#include "pool/swap_table.h"
#include "pool/zram_stats.h"

#include <string>

using namespace memory_collector;
using namespace memory_collector::pool;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size)
{
    const std::string text{fuzz::text_of(data, size)};
    if (const auto stat = parse_mm_stat(text)) {
        fuzz::require(!stat->huge_pages || stat->same_pages, "columns are there from the left on");
        const std::string again = std::to_string(stat->orig_data_size) + " " +
                                  std::to_string(stat->compr_data_size) + " " +
                                  std::to_string(stat->mem_used_total) + " " +
                                  std::to_string(stat->mem_limit) + " " + std::to_string(stat->mem_used_max);
        const auto first = parse_mm_stat(again);
        fuzz::require(first && first->compr_data_size == stat->compr_data_size && !first->same_pages,
                      "the first columns are the same by themselves");
    }
    if (const auto stat = parse_block_stat(text))
        fuzz::require(stat->read_bytes % 512 == 0 && stat->write_bytes % 512 == 0, "bytes are sectors");
    parse_io_stat(text);
    parse_bd_stat(text);
    const Algorithms algorithms = parse_algorithms(text);
    fuzz::require(algorithms.chosen.empty() || algorithms.has(algorithms.chosen),
                  "what is chosen is in the list");
    for (const std::string &name : parse_recompression(text))
        fuzz::require(text.find("[" + name + "]") != std::string::npos, "what is chosen stands in brackets");
    for (const SwapArea &area : parse_swaps(text))
        fuzz::require(area.free_bytes() <= area.size_bytes && !why_not_first({area}, area.name),
                      "one area alone is the first, and not fuller than full");
    parse_available(text);
    parse_start_time(text);
    if (const auto state = parse_state(text))
        fuzz::require(parse_state(format_state(*state)) == state, "a state comes back as it was");
    return 0;
}
