// SPDX-License-Identifier: GPL-2.0-only
//
// One header for all types of rows: `type`, then every column of every type,
// in their order of first mention. A column that a row does not have, and one
// whose value is unknown, is empty; lists are joined by '|'.
#include "sink/output.h"
#include "sink/sink_registry.h"
#include "support/text.h"

#include <algorithm>
#include <string>
#include <vector>

namespace memory_collector {

namespace {

class Csv {
public:
    Csv(const std::vector<std::string_view> &names, std::vector<std::string> &cells)
        : names_(names), cells_(cells)
    {
    }

    void operator()(std::string_view name, std::uint64_t value) { cell(name) = std::to_string(value); }
    void operator()(std::string_view name, const Number &value)
    {
        if (value)
            cell(name) = std::to_string(*value);
    }
    void operator()(std::string_view name, const Signed &value)
    {
        if (value)
            cell(name) = std::to_string(*value);
    }
    void operator()(std::string_view name, const Real &value)
    {
        if (known(value))
            append_real(cell(name), *value);
    }
    void operator()(std::string_view name, const Text &value)
    {
        if (value)
            append_csv(cell(name), *value);
    }
    void operator()(std::string_view name, const List &values)
    {
        std::string &to = cell(name);
        for (const std::string_view value : values) {
            if (!to.empty())
                to += '|';
            append_csv(to, value);
        }
    }

private:
    // A row names its columns in the header's order, so the search goes on
    // where the last one ended.
    std::string &cell(std::string_view name)
    {
        while (names_[at_] != name)
            at_ = at_ + 1 == names_.size() ? 0 : at_ + 1;
        return cells_[at_];
    }

    const std::vector<std::string_view> &names_;
    std::vector<std::string> &cells_;
    std::size_t at_ = 0;
};

class CsvSink : public Sink {
public:
    explicit CsvSink(Output &output) : output_(output)
    {
        names_.emplace_back("type");
        const auto collect = [this](std::string_view name, const auto &) {
            if (std::find(names_.begin(), names_.end(), name) == names_.end())
                names_.push_back(name);
        };
        columns(ProcessRow{}, collect);
        columns(GroupRow{}, collect);
        columns(DomainRow{}, collect);
        columns(SoftRow{}, collect);
        columns(IntervalRow{}, collect);
        columns(LossRow{}, collect);
        columns(FaultRow{}, collect);
        columns(OomRow{}, collect);
        columns(ReclaimRow{}, collect);
        columns(SelfRow{}, collect);
        columns(SelfProgramRow{}, collect);
        cells_.resize(names_.size());
        for (const std::string_view name : names_)
            line_ += (line_.empty() ? "" : ",") + std::string{name};
        output_.row(line_ + "\n");
    }
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
        for (std::string &cell : cells_)
            cell.clear();
        cells_[0] = row_type_name(row.type);
        columns(row, Csv{names_, cells_});
        line_.clear();
        for (std::size_t i = 0; i < cells_.size(); i++) {
            if (i != 0)
                line_ += ',';
            line_ += cells_[i];
        }
        line_ += '\n';
        output_.row(line_);
    }

    Output &output_;
    std::vector<std::string_view> names_;
    std::vector<std::string> cells_;
    std::string line_;
};

} // namespace

std::unique_ptr<Sink> make_csv_sink(Output &output, const SinkOptions &)
{
    return std::make_unique<CsvSink>(output);
}

} // namespace memory_collector
