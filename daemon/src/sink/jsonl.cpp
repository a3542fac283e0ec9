// SPDX-License-Identifier: GPL-2.0-only
//
// One JSON object per row and line.
#include "sink/output.h"
#include "sink/sink_registry.h"
#include "support/text.h"

#include <array>
#include <charconv>
#include <string>

namespace memory_collector {

namespace {

class Json {
public:
    explicit Json(std::string &to) : to_(to) {}

    void operator()(std::string_view name, std::uint64_t value) { number(name, value); }
    void operator()(std::string_view name, const Number &value) { optional(name, value); }
    void operator()(std::string_view name, const Signed &value) { optional(name, value); }
    void operator()(std::string_view name, const Text &value)
    {
        key(name);
        if (value)
            string(*value);
        else
            to_ += "null";
    }
    void operator()(std::string_view name, const List &values)
    {
        key(name);
        to_ += '[';
        for (const std::string_view value : values) {
            if (to_.back() != '[')
                to_ += ',';
            string(value);
        }
        to_ += ']';
    }

private:
    void key(std::string_view name)
    {
        to_ += ",\"";
        to_ += name;
        to_ += "\":";
    }
    void string(std::string_view value)
    {
        to_ += '"';
        append_json(to_, value);
        to_ += '"';
    }
    template <typename Value> void number(std::string_view name, Value value)
    {
        key(name);
        std::array<char, 24> digits{};
        const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr;
        to_.append(digits.data(), end);
    }
    template <typename Value> void optional(std::string_view name, const Value &value)
    {
        if (value) {
            number(name, *value);
            return;
        }
        key(name);
        to_ += "null";
    }

    std::string &to_;
};

class JsonlSink : public Sink {
public:
    explicit JsonlSink(Output &output) : output_(output) {}
    void process(const ProcessRow &row) override { write(row); }
    void group(const GroupRow &row) override { write(row); }
    void domain(const DomainRow &row) override { write(row); }
    void soft(const SoftRow &row) override { write(row); }
    void interval(const IntervalRow &row) override { write(row); }
    void loss(const LossRow &row) override { write(row); }
    void flush() override { output_.flush(); }
    void finish() override { output_.flush(); }

private:
    template <typename Row> void write(const Row &row)
    {
        line_ = R"({"type":")";
        line_ += row_type_name(row.type);
        line_ += '"';
        columns(row, Json{line_});
        line_ += "}\n";
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
