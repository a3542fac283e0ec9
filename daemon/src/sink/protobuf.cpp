// SPDX-License-Identifier: GPL-2.0-only
//
// Delimited messages of include/memory_collector/report.proto. They are written
// straight from the columns, by the numbers that the descriptor has for them:
// no message is built, and a new column needs its field in the .proto only.
#include "memory_collector/report.pb.h"
#include "sink/sink_registry.h"
#include "sink/uniform_sink.h"
#include "support/text.h"

#include <google/protobuf/descriptor.h>
#include <google/protobuf/wire_format_lite.h>

#include <array>
#include <stdexcept>
#include <string>
#include <vector>

namespace memory_collector {

namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::internal::WireFormatLite;

void append_varint(std::string &to, std::uint64_t value)
{
    for (; value >= 0x80; value >>= 7)
        to += static_cast<char>(value | 0x80);
    to += static_cast<char>(value);
}

void append_text(std::string &to, std::uint32_t tag, std::string_view text)
{
    append_varint(to, tag);
    append_varint(to, text.size());
    to += text;
}

std::uint32_t tag_of(const FieldDescriptor &field)
{
    return WireFormatLite::MakeTag(field.number(), WireFormatLite::WireTypeForFieldType(
                                                       static_cast<WireFormatLite::FieldType>(field.type())));
}

// What report.proto must say of a column of each kind.
bool fits(const FieldDescriptor &field, const std::uint64_t &)
{
    return field.type() == FieldDescriptor::TYPE_UINT64 && !field.is_repeated() && !field.has_presence();
}
bool fits(const FieldDescriptor &field, const Number &)
{
    return field.type() == FieldDescriptor::TYPE_UINT64 && field.has_presence();
}
bool fits(const FieldDescriptor &field, const Signed &)
{
    return field.type() == FieldDescriptor::TYPE_SINT64 && field.has_presence();
}
bool fits(const FieldDescriptor &field, const Real &)
{
    return field.type() == FieldDescriptor::TYPE_DOUBLE && field.has_presence();
}
bool fits(const FieldDescriptor &field, const Text &)
{
    return field.type() == FieldDescriptor::TYPE_STRING && field.has_presence();
}
bool fits(const FieldDescriptor &field, const List &)
{
    return field.type() == FieldDescriptor::TYPE_STRING && field.is_repeated();
}

// The tags of a row type: in the Row, and of its columns in their order.
struct Shape {
    std::uint32_t tag = 0;
    std::vector<std::uint32_t> columns;
};

template <typename Row> Shape shape_of(const Row &row)
{
    const std::string type{row_type_name(row.type)};
    const FieldDescriptor *const field = report::Row::descriptor()->FindFieldByName(type);
    if (field == nullptr)
        throw std::logic_error("report.proto lacks the row type " + type);
    const Descriptor &message = *field->message_type();
    Shape shape{tag_of(*field), {}};
    int at = 0;
    columns(row, [&](std::string_view name, const auto &value) {
        if (at == message.field_count() || message.field(at)->name() != name ||
            !fits(*message.field(at), value))
            throw std::logic_error("report.proto does not have column " + std::string{name} +
                                   " of row type " + type + " at its place and with its type");
        shape.columns.push_back(tag_of(*message.field(at++)));
    });
    if (at != message.field_count())
        throw std::logic_error("report.proto has more columns than row type " + type);
    return shape;
}

class Encoder {
public:
    Encoder(std::string &to, const Shape &shape) : to_(to), tag_(shape.columns.begin()) {}

    void operator()(std::string_view, std::uint64_t value)
    {
        // Absent is 0, for a column that is never null.
        if (value != 0)
            number(value);
        ++tag_;
    }
    void operator()(std::string_view, const Number &value)
    {
        if (value)
            number(*value);
        ++tag_;
    }
    void operator()(std::string_view, const Signed &value)
    {
        if (value)
            number(WireFormatLite::ZigZagEncode64(*value));
        ++tag_;
    }
    void operator()(std::string_view, const Real &value)
    {
        if (known(value)) {
            append_varint(to_, *tag_);
            // Little endian, whatever this machine is.
            for (std::uint64_t bits = WireFormatLite::EncodeDouble(*value), i = 0; i < 8; i++, bits >>= 8)
                to_ += static_cast<char>(bits);
        }
        ++tag_;
    }
    void operator()(std::string_view, const Text &value)
    {
        if (value)
            text(*value);
        ++tag_;
    }
    void operator()(std::string_view, const List &values)
    {
        for (const std::string_view value : values)
            text(value);
        ++tag_;
    }

private:
    void number(std::uint64_t value)
    {
        append_varint(to_, *tag_);
        append_varint(to_, value);
    }
    void text(std::string_view value)
    {
        utf8_.clear();
        append_utf8(utf8_, value);
        append_text(to_, *tag_, utf8_);
    }

    std::string &to_;
    std::vector<std::uint32_t>::const_iterator tag_;
    std::string utf8_;
};

class ProtobufSink : public UniformSink<ProtobufSink> {
public:
    explicit ProtobufSink(Output &to) : UniformSink(to)
    {
        each_row_type([this](const auto &row) { add(row); });
        ProcessRow total;
        total.type = RowType::process_total;
        add(total);
        GroupRow cgroup;
        cgroup.type = RowType::cgroup;
        add(cgroup);
    }

    template <typename Row> void write(const Row &row)
    {
        const Shape &shape = shapes_.at(static_cast<std::size_t>(row.type));
        message_.clear();
        columns(row, Encoder{message_, shape});
        row_.clear();
        append_text(row_, shape.tag, message_);
        record_.clear();
        append_varint(record_, row_.size());
        record_ += row_;
        output().row(record_);
    }

private:
    template <typename Row> void add(const Row &row)
    {
        shapes_.at(static_cast<std::size_t>(row.type)) = shape_of(row);
    }

    std::array<Shape, std::size(row_types)> shapes_;
    std::string message_;
    std::string row_;
    std::string record_;
};

} // namespace

std::unique_ptr<Sink> make_protobuf_sink(Output &output, const SinkOptions &)
{
    return std::make_unique<ProtobufSink>(output);
}

} // namespace memory_collector
