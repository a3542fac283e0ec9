// SPDX-License-Identifier: GPL-2.0-only
//
// What `decode` reads: a damaged file is refused, and what is not is a JSON line.
#include "fuzz_support.h"
#include "sink/protobuf_row.h"
#include "sink/record_stream.h"
#include "support/error.h"
#include "support/fd.h"

#include <nlohmann/json.hpp>

#include <sys/mman.h>

using namespace memory_collector;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size)
{
    const UniqueFd file{::memfd_create("records", MFD_CLOEXEC)};
    fuzz::require(::write(file.get(), data, size) == static_cast<ssize_t>(size) &&
                      ::lseek(file.get(), 0, SEEK_SET) == 0,
                  "the input can be written");
    RecordStream stream{file.get()};
    std::string line;
    try {
        while (const auto record = stream.next()) {
            line.clear();
            append_row_as_jsonl(line, record->body);
            const auto row = nlohmann::json::parse(line);
            fuzz::require(row.is_object() && row.contains("type"), "a row has a type");
        }
    } catch (const DamagedRecord &) {
        fuzz::require(stream.offset() <= size, "the damage is in the file");
    }
    return 0;
}
