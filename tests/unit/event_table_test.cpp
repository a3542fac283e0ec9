// SPDX-License-Identifier: GPL-2.0-only
#include "source/event_table.h"
#include "support/error.h"
#include "trace_support.h"

#include <gtest/gtest.h>

#include <random>
#include <regex>

namespace memory_collector {
namespace {

using testing::Bytes;
using testing::Formats;

struct PayloadOf {
    EventKind kind;
    std::size_t size;
};

constexpr PayloadOf payloads[] = {
    {EventKind::rdt_sample, sizeof(mc_rdt_sample)},
    {EventKind::domain_sample, sizeof(mc_domain_sample)},
    {EventKind::soft_sample, sizeof(mc_soft_sample)},
    {EventKind::process_sample, sizeof(mc_process_sample)},
    {EventKind::process_info, sizeof(mc_process_info)},
    {EventKind::process_exit, sizeof(mc_process_exit)},
    {EventKind::rmid_alloc, sizeof(mc_rmid_event)},
    {EventKind::rmid_free, sizeof(mc_rmid_event)},
    {EventKind::rmid_existing, sizeof(mc_rmid_event)},
    {EventKind::tick, sizeof(mc_tick)},
    {EventKind::state, sizeof(mc_state)},
};

template <typename Visit> void with_payload(EventKind kind, Visit &&visit)
{
    switch (kind) {
    case EventKind::rdt_sample:
        return visit(mc_rdt_sample{});
    case EventKind::domain_sample:
        return visit(mc_domain_sample{});
    case EventKind::soft_sample:
        return visit(mc_soft_sample{});
    case EventKind::process_sample:
        return visit(mc_process_sample{});
    case EventKind::process_info:
        return visit(mc_process_info{});
    case EventKind::process_exit:
        return visit(mc_process_exit{});
    case EventKind::rmid_alloc:
    case EventKind::rmid_free:
    case EventKind::rmid_existing:
        return visit(mc_rmid_event{});
    case EventKind::tick:
        return visit(mc_tick{});
    case EventKind::state:
        return visit(mc_state{});
    case EventKind::foreign:
        break;
    }
    FAIL();
}

// Decodes random records by the compiled table and, field by field and by
// name, by libtraceevent.
void agrees_with_libtraceevent(const Formats &formats, bool direct)
{
    const Formats::Tep tep = formats.parse();
    const EventTable table{tep.get()};
    std::mt19937 random{11};
    for (const PayloadOf &payload : payloads) {
        const EventLayout &layout = table.layout(payload.kind);
        ASSERT_EQ(layout.kind, payload.kind);
        EXPECT_EQ(layout.direct, direct);
        tep_event *const event =
            tep_find_event_by_name(tep.get(), MC_TRACE_SYSTEM, std::string{event_name(payload.kind)}.c_str());
        ASSERT_NE(event, nullptr);
        for (int round = 0; round < 200; round++) {
            Bytes data(layout.record_size);
            for (std::byte &byte : data)
                byte = static_cast<std::byte>(random());
            const std::uint16_t type = table.type(payload.kind);
            std::memcpy(data.data(), &type, 2);
            ASSERT_EQ(&table.layout(record_type(data.data())), &layout);
            tep_record record{};
            record.data = data.data();
            record.size = static_cast<int>(data.size());
            with_payload(payload.kind, [&](auto decoded) {
                decode(layout, data.data(), decoded);
                std::size_t fields = 0;
                std::size_t bytes = 0;
                for (const tep_format_field *field = event->format.fields; field != nullptr;
                     field = field->next) {
                    // Fields lie in abi.h in the order of the format.
                    const auto *at = reinterpret_cast<const std::byte *>(&decoded) + bytes;
                    if ((field->flags & TEP_FIELD_IS_ARRAY) != 0) {
                        ASSERT_EQ(std::memcmp(at, data.data() + field->offset,
                                              static_cast<std::size_t>(field->size)),
                                  0);
                    } else {
                        unsigned long long theirs = 0;
                        ASSERT_EQ(tep_get_field_val(nullptr, event, field->name, &record, &theirs, 0), 0);
                        std::uint64_t mine = 0;
                        std::memcpy(&mine, at, static_cast<std::size_t>(field->size));
                        ASSERT_EQ(mine, theirs) << event_name(payload.kind) << " " << field->name;
                        if (std::string_view{field->name} == "slot_ns") {
                            ASSERT_EQ(record_slot(layout, data.data()), theirs);
                        }
                    }
                    bytes += static_cast<std::size_t>(field->size);
                    fields++;
                }
                ASSERT_EQ(bytes, payload.size) << event_name(payload.kind);
                ASSERT_EQ(fields, layout.moves);
            });
        }
    }
}

TEST(EventTable, DecodesAsLibtraceevent)
{
    agrees_with_libtraceevent(Formats::plain(), true);
}

TEST(EventTable, DecodesBehindALongerCommonHeader)
{
    agrees_with_libtraceevent(Formats::with_header(12), true);
    agrees_with_libtraceevent(Formats::with_header(16), true);
}

TEST(EventTable, DecodesFieldsInAnyPlace)
{
    // A hole before the last field of every event, as packing could leave it.
    Formats formats = Formats::plain();
    static const std::regex flags{"(field:u32 flags;\toffset:)([0-9]+)"};
    for (const char *name : {"rdt_sample", "domain_sample", "process_sample"}) {
        std::string &text = formats.text(name);
        std::smatch match;
        ASSERT_TRUE(std::regex_search(text, match, flags));
        text = match.prefix().str() + match[1].str() + std::to_string(std::stoul(match[2]) + 64) +
               match.suffix().str();
    }
    const Formats::Tep tep = formats.parse();
    const EventTable table{tep.get()};
    const EventLayout &layout = table.layout(EventKind::rdt_sample);
    EXPECT_FALSE(layout.direct);
    Bytes data(layout.record_size);
    const std::uint32_t pid = 77;
    const std::uint32_t mark = 0xABCD;
    std::memcpy(data.data() + layout.base + offsetof(mc_rdt_sample, pid), &pid, 4);
    std::memcpy(data.data() + layout.base + offsetof(mc_rdt_sample, flags) + 64, &mark, 4);
    mc_rdt_sample sample{};
    decode(layout, data.data(), sample);
    EXPECT_EQ(sample.pid, pid);
    EXPECT_EQ(sample.flags, mark);
}

std::string refusal(const Formats &formats)
{
    const Formats::Tep tep = formats.parse();
    try {
        const EventTable table{tep.get()};
    } catch (const Error &error) {
        return error.what();
    }
    return "accepted";
}

void replace(std::string &text, const std::string &from, const std::string &to)
{
    const std::size_t at = text.find(from);
    ASSERT_NE(at, std::string::npos) << from;
    text.replace(at, from.size(), to);
}

TEST(EventTable, NamesTheEventAndTheFieldItCannotUse)
{
    Formats missing = Formats::plain();
    replace(missing.text("tick"), "u64 late_ns", "u64 tardy_ns");
    EXPECT_NE(refusal(missing).find("memory_collector:tick: field late_ns is missing"), std::string::npos)
        << refusal(missing);

    Formats narrow = Formats::plain();
    replace(narrow.text("rdt_sample"), "u64 total_bytes;\toffset:24;\tsize:8",
            "u32 total_bytes;\toffset:24;\tsize:4");
    EXPECT_NE(refusal(narrow).find("rdt_sample: field total_bytes has 4 bytes, expected 8"),
              std::string::npos)
        << refusal(narrow);

    Formats negative = Formats::plain();
    replace(negative.text("state"), "u32 what;\toffset:32;\tsize:4;\tsigned:0",
            "s32 what;\toffset:32;\tsize:4;\tsigned:1");
    EXPECT_NE(refusal(negative).find("state: field what is signed"), std::string::npos) << refusal(negative);

    Formats far = Formats::plain();
    replace(far.text("rdt_sample"), "offset:16", "offset:65530");
    EXPECT_NE(refusal(far).find("impossible offset"), std::string::npos) << refusal(far);
}

TEST(EventTable, RefusesAKernelWithoutTheEvents)
{
    const Formats::Tep tep{tep_alloc()};
    EXPECT_THROW(EventTable{tep.get()}, Error);
}

} // namespace
} // namespace memory_collector
