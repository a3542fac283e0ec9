// SPDX-License-Identifier: GPL-2.0-only
//
// One JSON object per row and line.
#include "sink/json_line.h"
#include "sink/sink_registry.h"
#include "sink/uniform_sink.h"

#include <string>

namespace memory_collector {

namespace {

class JsonlSink : public UniformSink<JsonlSink> {
public:
    explicit JsonlSink(Output &to) : UniformSink(to) {}

    template <typename Row> void write(const Row &row)
    {
        line_.clear();
        JsonLine line{line_, row_type_name(row.type)};
        columns(row, line);
        line.end();
        output().row(line_);
    }

private:
    std::string line_;
};

} // namespace

std::unique_ptr<Sink> make_jsonl_sink(Output &output, const SinkOptions &)
{
    return std::make_unique<JsonlSink>(output);
}

} // namespace memory_collector
