// SPDX-License-Identifier: GPL-2.0-only
//
// One header for all types of rows: `type`, then every column of every type,
// in their order of first mention. A column that a row does not have, and one
// whose value is unknown, is empty; lists are joined by '|'.
#include "sink/sink_registry.h"
#include "sink/uniform_sink.h"
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

class CsvSink : public UniformSink<CsvSink> {
public:
    explicit CsvSink(Output &to) : UniformSink(to)
    {
        names_.emplace_back("type");
        const auto collect = [this](std::string_view name, const auto &) {
            if (std::find(names_.begin(), names_.end(), name) == names_.end())
                names_.push_back(name);
        };
        each_row_type([&collect](const auto &row) { columns(row, collect); });
        cells_.resize(names_.size());
        for (const std::string_view name : names_)
            line_ += (line_.empty() ? "" : ",") + std::string{name};
        output().row(line_ + "\n");
    }

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
        output().row(line_);
    }

private:
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
