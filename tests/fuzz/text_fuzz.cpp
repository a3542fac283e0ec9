// SPDX-License-Identifier: GPL-2.0-only
//
// Names that go into rows, and numbers with units.
#include "fuzz_support.h"
#include "support/text.h"
#include "support/units.h"

#include <nlohmann/json.hpp>

using namespace memory_collector;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size)
{
    const std::string_view text = fuzz::text_of(data, size);
    std::string json = "\"";
    append_json(json, text);
    json += '"';
    fuzz::require(nlohmann::json::parse(json).is_string(), "a name is a JSON string");
    std::string utf8;
    append_utf8(utf8, text);
    fuzz::require(nlohmann::json::parse(json).get<std::string>() == utf8, "the same name in every format");
    std::string csv;
    append_csv(csv, text);
    fuzz::require(csv.find('\n') == std::string::npos, "a row stays a line");
    const std::string shown = printable(text);
    for (const char c : shown)
        fuzz::require(static_cast<unsigned char>(c) >= 0x20, "nothing controls the terminal");
    columns_of(shown);
    parse_duration(text);
    parse_size(text);
    return 0;
}
