// SPDX-License-Identifier: GPL-2.0-only
//
// The module's own parsers: what is written to /proc/memory_collector, and CPUID.
#include "fuzz_support.h"

#include <cstring>

extern "C" {
#include "command.h"
#include "rdt_decode.h"
}

using namespace memory_collector;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size)
{
    const int command = command_parse(reinterpret_cast<const char *>(data), size);
    const std::string_view text = fuzz::text_of(data, size);
    fuzz::require((command == COMMAND_DUMP) == (text == "dump" || text == "dump\n"),
                  "only dump is a command");
    fuzz::require(command == COMMAND_DUMP || command == -EINVAL, "whole or nothing");
    rdt_cpuid cpuid{};
    if (size >= sizeof(cpuid)) {
        std::memcpy(&cpuid, data, sizeof(cpuid));
        rdt_features features{};
        for (const bool force : {false, true})
            if (rdt_decode(&cpuid, force, &features) == RDT_USABLE) {
                fuzz::require(features.rmids >= 2 && features.counter_bits >= 24 &&
                                  features.counter_bits <= 62,
                              "what is usable is possible");
                fuzz::require(features.unit_bytes != 0 || !(features.total || features.local),
                              "a counter has a unit");
            }
    }
    return 0;
}
