// SPDX-License-Identifier: GPL-2.0-only
#include "sink/sink_registry.h"

#include "support/error.h"

#include <string>

namespace memory_collector {

// Each is defined in the format's own file.
std::unique_ptr<Sink> make_table_sink(Output &output, const SinkOptions &options);
std::unique_ptr<Sink> make_jsonl_sink(Output &output, const SinkOptions &options);
std::unique_ptr<Sink> make_csv_sink(Output &output, const SinkOptions &options);
std::unique_ptr<Sink> make_protobuf_sink(Output &output, const SinkOptions &options);

namespace {

constexpr SinkEntry table[] = {
    {"table", make_table_sink},
    {"jsonl", make_jsonl_sink},
    {"csv", make_csv_sink},
    {"protobuf", make_protobuf_sink, Framing::records},
};

} // namespace

std::span<const SinkEntry> sinks()
{
    return table;
}

const SinkEntry &sink_entry(std::string_view name)
{
    std::string known;
    for (const SinkEntry &entry : sinks()) {
        if (entry.name == name)
            return entry;
        known += (known.empty() ? "" : ", ") + std::string{entry.name};
    }
    throw OptionError("format", "'" + std::string{name} + "' is none of " + known);
}

std::unique_ptr<Sink> make_sink(std::string_view name, Output &output, const SinkOptions &options)
{
    return sink_entry(name).make(output, options);
}

} // namespace memory_collector
