// SPDX-License-Identifier: GPL-2.0-only
#include "sink/protobuf_row.h"

#include "memory_collector/report.pb.h"
#include "sink/json_line.h"
#include "sink/record_stream.h"

#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>
#if __has_include(<google/protobuf/stubs/logging.h>)
#include <google/protobuf/stubs/logging.h>
#define MC_PROTOBUF_LOGS // as it does before version 22
#endif
#include <google/protobuf/unknown_field_set.h>

namespace memory_collector {

namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;
using google::protobuf::UnknownFieldSet;

// A field that the parser could not place would be missing in the line.
void refuse_unknown(const Message &message, const std::string &name)
{
    const UnknownFieldSet &unknown = message.GetReflection()->GetUnknownFields(message);
    if (unknown.empty())
        return;
    const int number = unknown.field(0).number();
    const FieldDescriptor *const known = message.GetDescriptor()->FindFieldByNumber(number);
    if (known != nullptr)
        throw DamagedRecord("field " + std::to_string(number) + " of " + name + " (" + known->name() +
                            ") is not of the type that report.proto has for it");
    throw DamagedRecord("field " + std::to_string(number) + " of " + name +
                        " is not known to this version (" MC_VERSION
                        "); a newer memory-collector may have written it, then decode it with that");
}

void write_column(JsonLine &line, const Message &message, const FieldDescriptor &field)
{
    const Reflection &reflection = *message.GetReflection();
    const auto text = [&] {
        std::string unused;
        return std::string_view{reflection.GetStringReference(message, &field, &unused)};
    };
    const bool is_null = field.has_presence() && !reflection.HasField(message, &field);
    if (field.is_repeated()) {
        List list;
        for (int i = 0; i < reflection.FieldSize(message, &field); i++) {
            std::string unused;
            list.emplace_back(reflection.GetRepeatedStringReference(message, &field, i, &unused));
        }
        line(field.name(), list);
    } else if (field.type() == FieldDescriptor::TYPE_STRING) {
        line(field.name(), is_null ? Text{} : Text{text()});
    } else if (field.type() == FieldDescriptor::TYPE_SINT64) {
        line(field.name(), is_null ? Signed{} : Signed{reflection.GetInt64(message, &field)});
    } else if (field.type() == FieldDescriptor::TYPE_DOUBLE) {
        line(field.name(), is_null ? Real{} : Real{reflection.GetDouble(message, &field)});
    } else {
        line(field.name(), is_null ? Number{} : Number{reflection.GetUInt64(message, &field)});
    }
}

} // namespace

void append_row_as_jsonl(std::string &to, std::string_view message)
{
#ifdef MC_PROTOBUF_LOGS
    // Of text that is no UTF-8 the library says so itself, to standard error.
    static auto *const handler = google::protobuf::SetLogHandler(nullptr);
    (void)handler;
#endif
    report::Row row;
    if (!row.ParseFromArray(message.data(), static_cast<int>(message.size())))
        throw DamagedRecord("the record there is no message of report.proto");
    refuse_unknown(row, "Row");
    const auto *const field =
        row.GetReflection()->GetOneofFieldDescriptor(row, report::Row::descriptor()->oneof_decl(0));
    if (field == nullptr)
        throw DamagedRecord("the record there has no row in it");
    const Message &columns = row.GetReflection()->GetMessage(row, field);
    refuse_unknown(columns, field->message_type()->name());
    JsonLine line{to, field->name()};
    for (int i = 0; i < field->message_type()->field_count(); i++)
        write_column(line, columns, *field->message_type()->field(i));
    line.end();
}

} // namespace memory_collector
