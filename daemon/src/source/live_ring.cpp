// SPDX-License-Identifier: GPL-2.0-only
#include "source/live_ring.h"

#include "support/clock.h"
#include "support/error.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <span>
#include <utility>

namespace memory_collector {

namespace {

// Unprocessed data held per CPU. More stays in the kernel's ring, which is
// there for that.
constexpr std::size_t held_bytes = std::size_t{256} * 1024;

} // namespace

LiveRing::LiveRing(const TracefsInstance &instance, Model &model)
    : LiveRing(instance.read_formats(), instance.open_buffers(), instance.page_format(), model)
{
}

LiveRing::LiveRing(EventTable table, std::vector<TracefsInstance::CpuBuffer> buffers,
                   const PageFormat &format, Model &model)
    : table_(std::move(table)), buffers_(std::move(buffers)), merger_(table_, model, cursors_),
      format_(format)
{
    const std::size_t pages = std::max<std::size_t>(held_bytes / format.page_size, 2);
    cursors_.reserve(buffers_.size());
    reader_pages_.assign(buffers_.size(),
                         ReaderPage{format.page_size - format.data_offset, table_.largest_record()});
    for (const TracefsInstance::CpuBuffer &buffer : buffers_)
        cursors_.emplace_back(buffer.cpu, format, pages, model);
    merger_.reset();
}

bool LiveRing::read()
{
    bool all = true;
    for (std::size_t i = 0; i < cursors_.size(); i++) {
        RingCursor &cursor = cursors_[i];
        cursor.set_more(false);
        while (true) {
            if (cursor.full()) {
                cursor.set_more(true);
                all = false;
                break;
            }
            const std::span<std::byte> space{cursor.space(), format_.page_size};
            const ssize_t size = ::read(buffers_[i].fd.get(), space.data(), space.size());
            if (size > 0) {
                const auto filled = static_cast<std::size_t>(size);
                cursor.filled(filled);
                if (reader_pages_[i].more_may_follow(page_data_bytes(space.first(filled), format_)))
                    continue;
                break;
            }
            if (size < 0 && errno == EINTR)
                continue;
            if (size < 0 && errno != EAGAIN && errno != EWOULDBLOCK && errno != ENODEV)
                throw Error("cannot read the trace ring of CPU " + std::to_string(cursor.cpu()) + ": " +
                            error_text(errno));
            break;
        }
    }
    return all;
}

bool LiveRing::round()
{
    const std::uint64_t now = monotonic_ns();
    const bool all = read();
    merger_.run(now);
    if (all)
        merger_.close_before(now - Merger<RingCursor>::settle_ns);
    return all;
}

void LiveRing::drain()
{
    bool all = false;
    while (!all) {
        all = read();
        merger_.run(Merger<RingCursor>::nothing);
    }
    merger_.run_rest();
}

} // namespace memory_collector
