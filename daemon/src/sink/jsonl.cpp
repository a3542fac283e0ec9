// SPDX-License-Identifier: GPL-2.0-only
//
// One JSON object per row and line.
#include "sink/json_line.h"
#include "sink/output.h"
#include "sink/sink_registry.h"

#include <string>

namespace memory_collector {

namespace {

class JsonlSink : public Sink {
public:
    explicit JsonlSink(Output &output) : output_(output) {}
    void process(const ProcessRow &row) override { write(row); }
    void group(const GroupRow &row) override { write(row); }
    void domain(const DomainRow &row) override { write(row); }
    void soft(const SoftRow &row) override { write(row); }
    void interval(const IntervalRow &row) override { write(row); }
    void loss(const LossRow &row) override { write(row); }
    void fault(const FaultRow &row) override { write(row); }
    void oom(const OomRow &row) override { write(row); }
    void reclaim(const ReclaimRow &row) override { write(row); }
    void self(const SelfRow &row) override { write(row); }
    void self_program(const SelfProgramRow &row) override { write(row); }
    void flush() override { output_.flush(); }
    void finish() override { output_.flush(); }

private:
    template <typename Row> void write(const Row &row)
    {
        line_.clear();
        JsonLine line{line_, row_type_name(row.type)};
        columns(row, line);
        line.end();
        output_.row(line_);
    }

    Output &output_;
    std::string line_;
};

} // namespace

std::unique_ptr<Sink> make_jsonl_sink(Output &output, const SinkOptions &)
{
    return std::make_unique<JsonlSink>(output);
}

} // namespace memory_collector
