// SPDX-License-Identifier: GPL-2.0-only
#include "peers.h"

#include "source/trace_libraries.h"
#include "support/error.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstddef>
#include <cstring>

namespace memory_collector::bench {

namespace {

constexpr std::array field_names{"slot_ns", "start_time_ns", "total_bytes", "local_bytes", "occupancy_bytes",
                                 "pid",     "rmid",          "domain",      "flags"};
constexpr std::size_t total_bytes_field = 2;

struct FieldReader {
    explicit FieldReader(tep_handle *tep) : event(tep_find_event_by_name(tep, MC_TRACE_SYSTEM, "rdt_sample"))
    {
        if (event == nullptr)
            throw Error("no format of rdt_sample");
        for (std::size_t i = 0; i < fields.size(); i++)
            fields[i] = tep_find_field(event, field_names[i]);
    }
    void read(const tep_record &record)
    {
        std::array<unsigned long long, field_names.size()> values{};
        for (std::size_t i = 0; i < fields.size(); i++)
            tep_read_number_field(fields[i], record.data, &values[i]);
        for (const unsigned long long value : values)
            all += value;
        seen.events++;
        seen.bytes += values[total_bytes_field];
    }

    tep_event *event;
    std::array<tep_format_field *, field_names.size()> fields{};
    Seen seen;
    std::uint64_t all = 0;
};

extern "C" int on_event(tep_event *event, tep_record *record, int, void *context)
{
    auto &reader = *static_cast<FieldReader *>(context);
    if (event == reader.event)
        reader.read(*record);
    return 0;
}

} // namespace

std::uint64_t drain(const std::vector<TracefsInstance::CpuBuffer> &buffers, std::size_t page_size)
{
    std::vector<std::byte> page(page_size);
    std::uint64_t bytes = 0;
    for (const TracefsInstance::CpuBuffer &buffer : buffers)
        for (ssize_t size = 0; (size = ::read(buffer.fd.get(), page.data(), page.size())) > 0;)
            bytes += static_cast<std::uint64_t>(size);
    return bytes;
}

Seen parse_by_hand(const std::vector<TracefsInstance::CpuBuffer> &buffers, const PageFormat &format)
{
    struct Sum {
        std::uint64_t last = 0;
        std::uint64_t bytes = 0;
    };
    std::vector<std::byte> page(format.page_size);
    std::array<Sum, 1024> sums{};
    Seen seen;
    PageReader reader;
    for (const TracefsInstance::CpuBuffer &buffer : buffers) {
        for (ssize_t size = 0; (size = ::read(buffer.fd.get(), page.data(), page.size())) > 0;) {
            reader.load({page.data(), static_cast<std::size_t>(size)}, format);
            for (Record record; reader.next(record);) {
                mc_rdt_sample sample;
                std::memcpy(&sample, record.data + MarkerRing::payload_at, sizeof(sample));
                Sum &sum = sums[sample.rmid % sums.size()];
                sum.bytes += sample.total_bytes - sum.last;
                sum.last = sample.total_bytes;
                seen.events++;
            }
        }
    }
    for (const Sum &sum : sums)
        seen.bytes += sum.bytes;
    return seen;
}

Seen iterate_libtracefs(const MarkerRing &ring, tep_handle *tep)
{
    FieldReader reader{tep};
    if (tracefs_iterate_raw_events(tep, ring.instance(), nullptr, 0, on_event, &reader) < 0)
        throw Error("tracefs_iterate_raw_events failed");
    return reader.seen;
}

Seen iterate_libtracecmd(const Recording &recording)
{
    const Recording::Input input = recording.open();
    FieldReader reader{tracecmd_get_tep(input.get())};
    const int id = reader.event->id;
    for (int cpu = 0; cpu < static_cast<int>(recording.pages().size()); cpu++)
        while (tep_record *record = tracecmd_read_data(input.get(), cpu)) {
            if (record_type(static_cast<const std::byte *>(record->data)) == id)
                reader.read(*record);
            tracecmd_free_record(record);
        }
    return reader.seen;
}

void trace_cmd_report(const std::string &path)
{
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
    std::string words[] = {"trace-cmd", "report", "-N", "-i", path};
    std::array<char *, std::size(words) + 1> arguments{};
    for (std::size_t i = 0; i < std::size(words); i++)
        arguments[i] = words[i].data();
    pid_t pid = 0;
    const int error = ::posix_spawnp(&pid, "trace-cmd", &actions, nullptr, arguments.data(), environ);
    posix_spawn_file_actions_destroy(&actions);
    int status = 0;
    if (error != 0 || ::waitpid(pid, &status, 0) != pid || status != 0)
        throw Error("trace-cmd report failed" + (error != 0 ? ": " + error_text(error) : std::string{}));
}

} // namespace memory_collector::bench
