// SPDX-License-Identifier: GPL-2.0-only
//
// A page of a trace ring: records lie in it, times do not run backwards.
#include "fuzz_support.h"
#include "source/page.h"

#include <span>

using namespace memory_collector;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size)
{
    const std::span<const std::byte> page{reinterpret_cast<const std::byte *>(data), size};
    PageReader reader;
    if (reader.load(page, PageFormat{}) != PageError::none)
        return 0;
    Record record;
    std::size_t records = 0;
    while (reader.next(record)) {
        fuzz::require(record.data >= page.data() && record.data + record.size <= page.data() + page.size(),
                      "a record lies in its page");
        fuzz::require(++records <= size / 4, "a record takes 4 bytes at least");
    }
    reader.load(page, PageFormat{});
    std::size_t again = 0;
    while (reader.next(record)) {
        const auto run = reader.next_while(record, [](const std::byte *, std::uint32_t) { return true; });
        again += run.taken;
    }
    fuzz::require(again == records, "both ways of walking find the same records");
    return 0;
}
