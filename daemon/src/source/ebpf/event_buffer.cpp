// SPDX-License-Identifier: GPL-2.0-only
#include "source/ebpf/event_buffer.h"

#include "source/ebpf/cpu_counts.h"
#include "source/ebpf/loading.h"
#include "support/clock.h"
#include "support/error.h"

#include <memory_collector/bpf_records.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include <linux/perf_event.h>
#include <unistd.h>

#include <algorithm>
#include <bit>
#include <cerrno>
#include <cstring>
#include <string>

namespace memory_collector::ebpf {

namespace {

constexpr std::uint64_t least_bytes = std::uint64_t{64} * 1024;
constexpr std::uint64_t most_bytes = std::uint64_t{1} << 30;

// A program may have taken the time of an event and not have written it yet.
constexpr std::uint64_t settled_ns = 1'000'000;

struct FreeRing {
    void operator()(ring_buffer *ring) const { ring_buffer__free(ring); }
};
struct FreePerf {
    void operator()(perf_buffer *buffers) const { perf_buffer__free(buffers); }
};

std::size_t page_bytes()
{
    return static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
}

bool kernel_has_ring()
{
    return libbpf_probe_bpf_map_type(BPF_MAP_TYPE_RINGBUF, nullptr) == 1;
}

} // namespace

BufferKind buffer_kind(std::string_view name)
{
    if (name == "auto")
        return BufferKind::automatic;
    if (name == "ring")
        return BufferKind::ring;
    if (name == "perf")
        return BufferKind::perf;
    throw OptionError("bpf-buffer", "'" + std::string{name} + "' is none of auto, ring, perf");
}

struct EventBuffer::Readers {
    std::unique_ptr<ring_buffer, FreeRing> ring;
    std::unique_ptr<perf_buffer, FreePerf> perf;
};

EventBuffer::EventBuffer(BufferKind kind, std::uint64_t bytes)
    : by_perf_(kind == BufferKind::perf || (kind == BufferKind::automatic && !kernel_has_ring())),
      bytes_(static_cast<std::uint32_t>(std::bit_ceil(std::clamp(bytes, least_bytes, most_bytes)))),
      cpus_(static_cast<std::size_t>(possible_cpus())), readers_(std::make_unique<Readers>())
{
}

EventBuffer::~EventBuffer() = default;

void EventBuffer::prepare(const BufferMaps &maps)
{
    int error = 0;
    if (counts_ >= 0) {
        error = bpf_map__reuse_fd(by_perf_ ? maps.perf : maps.ring, events_);
        if (error == 0)
            error = bpf_map__reuse_fd(maps.counts, counts_);
    } else if (!by_perf_) {
        error = bpf_map__set_max_entries(maps.ring, bytes_);
    }
    if (error == 0)
        error = bpf_map__set_autocreate(by_perf_ ? maps.ring : maps.perf, false);
    if (error != 0)
        fail("prepare an eBPF buffer of " + std::to_string(bytes_) + " bytes", -error);
}

void EventBuffer::open(const BufferMaps &maps)
{
    counts_ = bpf_map__fd(maps.counts);
    events_ = bpf_map__fd(by_perf_ ? maps.perf : maps.ring);
    if (!by_perf_) {
        readers_->ring.reset(ring_buffer__new(events_, &EventBuffer::take_ring, this, nullptr));
        if (!readers_->ring)
            fail("open the eBPF ring", errno);
        return;
    }
    // No wakeups: it is read by the clock.
    perf_event_attr attributes{};
    attributes.size = sizeof(attributes);
    attributes.type = PERF_TYPE_SOFTWARE;
    attributes.config = PERF_COUNT_SW_BPF_OUTPUT;
    attributes.sample_type = PERF_SAMPLE_RAW;
    attributes.sample_period = 1;
    attributes.watermark = 1;
    attributes.wakeup_watermark = bytes_;
    readers_->perf.reset(perf_buffer__new_raw(
        events_, pages_of_each(), &attributes,
        [](void *self, int cpu, perf_event_header *event) {
            return static_cast<bpf_perf_event_ret>(EventBuffer::take_perf(self, cpu, event));
        },
        this, nullptr));
    if (!readers_->perf)
        fail("open the perf buffers of the eBPF programs", errno);
}

int EventBuffer::take_ring(void *self, void *data, std::size_t size)
{
    (*static_cast<EventBuffer *>(self)->take_)({static_cast<const std::byte *>(data), size});
    return 0;
}

int EventBuffer::take_perf(void *self, int, void *event)
{
    auto &buffer = *static_cast<EventBuffer *>(self);
    perf_event_header header;
    std::memcpy(&header, event, sizeof(header));
    const auto *const data = static_cast<const std::byte *>(event);
    if (header.type == PERF_RECORD_LOST) {
        std::uint64_t lost = 0;
        std::memcpy(&lost, data + sizeof(header) + sizeof(std::uint64_t), sizeof(lost));
        buffer.perf_lost_ += lost;
    } else if (header.type == PERF_RECORD_SAMPLE) {
        std::uint32_t size = 0;
        std::memcpy(&size, data + sizeof(header), sizeof(size));
        const std::byte *const record = data + sizeof(header) + sizeof(size);
        Kept kept{0, buffer.kept_bytes_.size(), size};
        std::memcpy(&kept.time_ns, record, std::min<std::size_t>(size, sizeof(kept.time_ns)));
        buffer.kept_bytes_.insert(buffer.kept_bytes_.end(), record, record + size);
        buffer.kept_.push_back(kept);
    }
    return LIBBPF_PERF_EVENT_CONT;
}

void EventBuffer::drain(const std::function<void(std::span<const std::byte>)> &take, bool last)
{
    take_ = &take;
    if (!by_perf_) {
        if (const int error = ring_buffer__consume(readers_->ring.get()); error < 0)
            fail("read the eBPF ring", -error);
        return;
    }
    const std::uint64_t up_to = last ? ~std::uint64_t{0} : monotonic_ns() - settled_ns;
    if (const int error = perf_buffer__consume(readers_->perf.get()); error < 0)
        fail("read the perf buffers of the eBPF programs", -error);
    hand_out(up_to);
}

void EventBuffer::hand_out(std::uint64_t up_to)
{
    std::stable_sort(kept_.begin(), kept_.end(),
                     [](const Kept &a, const Kept &b) { return a.time_ns < b.time_ns; });
    std::size_t done = 0;
    for (; done < kept_.size() && kept_[done].time_ns <= up_to; done++)
        (*take_)({kept_bytes_.data() + kept_[done].at, kept_[done].size});
    next_bytes_.clear();
    for (std::size_t i = done; i < kept_.size(); i++) {
        const auto from = kept_bytes_.begin() + static_cast<std::ptrdiff_t>(kept_[i].at);
        kept_[i].at = next_bytes_.size();
        next_bytes_.insert(next_bytes_.end(), from, from + static_cast<std::ptrdiff_t>(kept_[i].size));
    }
    kept_.erase(kept_.begin(), kept_.begin() + static_cast<std::ptrdiff_t>(done));
    std::swap(kept_bytes_, next_bytes_);
}

EventBuffer::Counts EventBuffer::counts() const
{
    CpuCounts sums{counts_};
    // Dropped first: a drop that comes in between is told, too.
    const std::uint64_t dropped = sums.of(MC_BPF_DROPPED);
    return {sums.of(MC_BPF_TOLD), dropped};
}

std::size_t EventBuffer::pages_of_each() const
{
    return std::bit_floor(std::max<std::size_t>(bytes_ / cpus_ / page_bytes(), 1));
}

std::uint64_t EventBuffer::perf_bytes() const
{
    if (!readers_->perf)
        return 0;
    return (pages_of_each() + 1) * page_bytes() * perf_buffer__buffer_cnt(readers_->perf.get());
}

} // namespace memory_collector::ebpf
