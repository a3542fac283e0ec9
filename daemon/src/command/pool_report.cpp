// SPDX-License-Identifier: GPL-2.0-only
#include "command/pool_report.h"

#include "support/clock.h"
#include "support/units.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <ostream>

namespace memory_collector {

namespace {

using Json = nlohmann::ordered_json;

double seconds(std::uint64_t ns)
{
    return static_cast<double>(ns) / static_cast<double>(ns_per_s);
}

// Others may swap at the same time: it may also have fallen.
std::int64_t rise(std::uint64_t after, std::uint64_t before)
{
    return static_cast<std::int64_t>(after - before);
}

Json rise(const pool::Count &after, const pool::Count &before)
{
    return after && before ? Json(rise(*after, *before)) : Json(nullptr);
}

} // namespace

void write_compressed(std::ostream &out, const pool::Compressed &done, bool json)
{
    const std::int64_t original = rise(done.after.orig_data_size, done.before.orig_data_size);
    const std::int64_t compressed = rise(done.after.compr_data_size, done.before.compr_data_size);
    if (json) {
        const Json object{
            {"trigger", "compress"},
            {"bytes", done.bytes},
            {"page_size", done.page_size},
            {"pages",
             {{"zero", done.contents.zero},
              {"same", done.contents.same},
              {"text", done.contents.text},
              {"random", done.contents.random}}},
            {"swapped_pages", done.swapped_pages},
            {"orig_data_size", done.after.orig_data_size},
            {"orig_data_size_rise", original},
            {"compr_data_size_rise", compressed},
            {"mem_used_total_rise", rise(done.after.mem_used_total, done.before.mem_used_total)},
            {"same_pages_rise", rise(done.after.same_pages, done.before.same_pages)},
            {"huge_pages_rise", rise(done.after.huge_pages, done.before.huge_pages)},
            {"failed_writes", done.failed_writes},
            {"full", done.full.has_value()},
            {"seconds", seconds(done.duration_ns)},
            {"holder_pid", done.holder},
        };
        out << object.dump() << "\n";
        return;
    }
    out << fmt::format(
        "pushed {} of pid {} in {:.1f} s: orig_data_size rose by {} to {}, compr_data_size by {}, "
        "mem_used_total by {}\n",
        format_bytes(done.bytes), done.holder, seconds(done.duration_ns), format_bytes(original),
        format_bytes(done.after.orig_data_size), format_bytes(compressed),
        format_bytes(rise(done.after.mem_used_total, done.before.mem_used_total)));
    out << fmt::format(
        "{} pages: {} zero, {} of one word, {} text, {} random; they stay until memory-collector "
        "pool trigger decompress or reset\n",
        done.contents.all(), done.contents.zero, done.contents.same, done.contents.text,
        done.contents.random);
}

void write_decompressed(std::ostream &out, const pool::Decompressed &done, bool json)
{
    const std::int64_t original = rise(done.after.orig_data_size, done.before.orig_data_size);
    if (json) {
        const Json object{{"trigger", "decompress"},
                          {"bytes", done.bytes},
                          {"swapped_pages", done.swapped_pages},
                          {"read_bytes", done.read_bytes},
                          {"orig_data_size", done.after.orig_data_size},
                          {"orig_data_size_rise", original},
                          {"seconds", seconds(done.duration_ns)}};
        out << object.dump() << "\n";
        return;
    }
    out << fmt::format(
        "read back {} in {:.1f} s, each page as it was: {} of it from the device, orig_data_size "
        "went from {} to {}; the holder has ended\n",
        format_bytes(done.bytes), seconds(done.duration_ns), format_bytes(done.read_bytes),
        format_bytes(done.before.orig_data_size), format_bytes(done.after.orig_data_size));
}

void write_recompressed(std::ostream &out, const pool::Recompressed &done, bool json)
{
    const std::int64_t compressed = rise(done.after.compr_data_size, done.before.compr_data_size);
    if (json) {
        const Json object{
            {"algorithm", done.algorithm},
            {"orig_data_size", done.after.orig_data_size},
            {"compr_data_size_before", done.before.compr_data_size},
            {"compr_data_size", done.after.compr_data_size},
            {"compr_data_size_rise", compressed},
            {"mem_used_total_rise", rise(done.after.mem_used_total, done.before.mem_used_total)},
            {"huge_pages_rise", rise(done.after.huge_pages, done.before.huge_pages)},
            {"seconds", seconds(done.duration_ns)}};
        out << object.dump() << "\n";
        return;
    }
    out << fmt::format(
        "recompressed with {} in {:.1f} s: compr_data_size went from {} to {}, mem_used_total from {} "
        "to {}\n",
        done.algorithm, seconds(done.duration_ns), format_bytes(done.before.compr_data_size),
        format_bytes(done.after.compr_data_size), format_bytes(done.before.mem_used_total),
        format_bytes(done.after.mem_used_total));
}

} // namespace memory_collector
