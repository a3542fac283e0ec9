// SPDX-License-Identifier: GPL-2.0-only
#include "source/trace_file.h"

#include "source/event_table.h"
#include "source/merger.h"
#include "support/error.h"
#include "support/fd.h"

#include "source/trace_libraries.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <deque>
#include <memory>
#include <optional>
#include <utility>

namespace memory_collector {

namespace {

struct CloseInput {
    void operator()(tracecmd_input *input) const { tracecmd_close(input); }
};
struct FreeRecord {
    void operator()(tep_record *record) const { tracecmd_free_record(record); }
};
using InputHandle = std::unique_ptr<tracecmd_input, CloseInput>;
using RecordHandle = std::unique_ptr<tep_record, FreeRecord>;

// One CPU of a recording as a stream for the merger.
class FileCursor {
public:
    FileCursor(tracecmd_input *input, std::uint32_t cpu, Model &model)
        : input_(input), cpu_(cpu), model_(&model)
    {
    }
    // deque's move constructor may throw, so a vector would copy.
    FileCursor(FileCursor &&) = default;
    FileCursor &operator=(FileCursor &&) = default;

    std::uint32_t cpu() const { return cpu_; }
    bool more() const { return false; }

    const Record *peek()
    {
        if (ahead_.empty() && !read())
            return nullptr;
        if (const long long missed = std::exchange(ahead_.front()->missed_events, 0); missed != 0)
            model_->ring_lost(cpu_, missed > 0 ? static_cast<std::uint64_t>(missed) : 0, missed < 0);
        head_ = view(*ahead_.front());
        return &head_;
    }
    void pop() { ahead_.pop_front(); }

    std::uint64_t next_slot(const EventTable &table)
    {
        for (std::size_t i = 0; i < ahead_.size() || read(); i++) {
            const Record record = view(*ahead_[i]);
            if (record.size < sizeof(std::uint16_t))
                continue;
            const EventLayout &layout = table.layout(record_type(record.data));
            if (layout.has_slot && record.size >= layout.record_size)
                return last_slot_ = record_slot(layout, record.data);
            // Others' events in the same buffer: do not pile them up.
            if (layout.kind == EventKind::foreign && i == 0) {
                peek();
                model_->foreign(cpu_);
                pop();
                i--;
            } else if (i >= most_ahead) {
                return last_slot_;
            }
        }
        return Merger<FileCursor>::nothing;
    }

    // By the first tick: how many events of this CPU came before the first
    // one of ours in the file. Nothing if there is no tick.
    std::optional<std::uint64_t> unseen(const EventTable &table)
    {
        std::uint64_t read_events = 0;
        for (std::size_t i = 0; i < most_ahead && (i < ahead_.size() || read()); i++) {
            const Record record = view(*ahead_[i]);
            if (record.size < sizeof(std::uint16_t))
                continue;
            const EventLayout &layout = table.layout(record_type(record.data));
            if (layout.kind == EventKind::foreign || record.size < layout.record_size)
                continue;
            read_events++;
            if (layout.kind != EventKind::tick)
                continue;
            mc_tick tick{};
            decode(layout, record.data, tick);
            return tick.events > read_events ? tick.events - read_events : 0;
        }
        return std::nullopt;
    }

private:
    static constexpr std::size_t most_ahead = 65536;

    static Record view(const tep_record &record)
    {
        return {record.ts, static_cast<const std::byte *>(record.data),
                static_cast<std::uint32_t>(record.size > 0 ? record.size : 0)};
    }
    bool read()
    {
        RecordHandle record{tracecmd_read_data(input_, static_cast<int>(cpu_))};
        if (!record)
            return false;
        ahead_.push_back(std::move(record));
        return true;
    }

    tracecmd_input *input_;
    std::uint32_t cpu_;
    Model *model_;
    std::deque<RecordHandle> ahead_;
    Record head_;
    std::uint64_t last_slot_ = 0;
};

[[noreturn]] void corrupt(const std::string &path, const std::string &what)
{
    throw Error("'" + path + "' is corrupt: " + what +
                "; record it again with trace-cmd record -e " MC_TRACE_SYSTEM);
}

void check_head(const std::string &path)
{
    const UniqueFd fd{::open(path.c_str(), O_RDONLY | O_CLOEXEC)};
    if (!fd)
        throw Error("cannot open '" + path + "': " + error_text(errno));
    struct stat status {};
    if (fstat(fd.get(), &status) != 0 || !S_ISREG(status.st_mode))
        throw Error("'" + path + "' is not a regular file: give a recording made by trace-cmd record");
    // trace-cmd.dat(5): three bytes, "tracing", the version, an end of string,
    // then the byte order.
    static constexpr std::array<unsigned char, 10> magic{0x17, 0x08, 0x44, 't', 'r', 'a', 'c', 'i', 'n', 'g'};
    std::array<unsigned char, 16> head{};
    const ssize_t size = ::read(fd.get(), head.data(), head.size());
    if (size < static_cast<ssize_t>(magic.size()) ||
        std::memcmp(head.data(), magic.data(), magic.size()) != 0)
        throw Error("'" + path +
                    "' is not a trace-cmd recording: make one with trace-cmd record -e " MC_TRACE_SYSTEM);
    if (size < static_cast<ssize_t>(head.size()))
        corrupt(path, "it ends within its header");
    if (head[10] != '6' && head[10] != '7')
        throw Error("'" + path + "' has file version " + std::string(1, static_cast<char>(head[10])) +
                    ", this program reads 6 and 7");
    if (head[11] == 0 && head[12] != 0)
        throw Error("'" + path + "' was recorded on a big-endian machine, which is not supported");
}

} // namespace

struct TraceFile::Handles {
    InputHandle input;
    // Of a recording made into a named buffer (trace-cmd record -B).
    std::vector<InputHandle> instances;
};

TraceFile::TraceFile(const std::string &path) : path_(path), handles_(std::make_unique<Handles>())
{
    check_head(path);
    tracecmd_set_loglevel(TEP_LOG_NONE);
    tep_set_loglevel(TEP_LOG_NONE);
    // Plugins are programs; a recording needs none to be read.
    handles_->input.reset(tracecmd_open(path.c_str(), TRACECMD_FL_LOAD_NO_PLUGINS));
    if (!handles_->input)
        corrupt(path, "trace-cmd's library cannot read it (truncated, or not finished by trace-cmd)");
    for (int i = 0; i < tracecmd_buffer_instances(handles_->input.get()); i++)
        if (tracecmd_input *instance = tracecmd_buffer_instance_handle(handles_->input.get(), i))
            handles_->instances.emplace_back(instance);
}

TraceFile::~TraceFile() = default;

std::uint64_t TraceFile::page_size() const
{
    const int size = tep_get_page_size(tracecmd_get_tep(handles_->input.get()));
    return size > 0 ? static_cast<std::uint64_t>(size) : 4096;
}

namespace {

// trace-cmd enables one event after the other, and the module starts with the
// first: so STARTED may be missing from a recording that began it, and some
// other events. A CPU that had been sampled before would have many more.
bool began_with_recording(std::vector<FileCursor> &cursors, const EventTable &table)
{
    constexpr std::uint64_t most_unseen = 256;
    bool ticked = false;
    for (FileCursor &cursor : cursors) {
        const std::optional<std::uint64_t> unseen = cursor.unseen(table);
        if (unseen && *unseen > most_unseen)
            return false;
        ticked = ticked || unseen.has_value();
    }
    return ticked;
}

} // namespace

void TraceFile::feed(Model &model)
{
    tep_handle *tep = tracecmd_get_tep(handles_->input.get());
    const int cpus = tep_get_cpus(tep);
    if (cpus <= 0 || cpus > 8192)
        corrupt(path_, "it says that it has " + std::to_string(cpus) + " CPUs");
    const EventTable table{tep};

    // The first buffer that holds events of ours: the recording's own, or one
    // of its instances.
    std::vector<tracecmd_input *> buffers{handles_->input.get()};
    for (const InputHandle &instance : handles_->instances)
        buffers.push_back(instance.get());
    for (tracecmd_input *buffer : buffers) {
        std::vector<FileCursor> cursors;
        cursors.reserve(static_cast<std::size_t>(cpus));
        for (int cpu = 0; cpu < cpus; cpu++)
            cursors.emplace_back(buffer, static_cast<std::uint32_t>(cpu), model);
        if (began_with_recording(cursors, table))
            model.assume_from_start();
        Merger<FileCursor> merger{table, model, cursors};
        merger.run(Merger<FileCursor>::nothing);
        merger.run_rest();
        if (model.is_open())
            break;
    }
    if (!model.is_open())
        throw Error("'" + path_ +
                    "' holds no sample of " MC_TRACE_SYSTEM
                    ": record it with trace-cmd record -e " MC_TRACE_SYSTEM);
    if (model.malformed_events() != 0)
        corrupt(path_, std::to_string(model.malformed_events()) + " events cannot be true");
    model.finish(0, "end");
}

} // namespace memory_collector
