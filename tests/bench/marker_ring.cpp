// SPDX-License-Identifier: GPL-2.0-only
#include "marker_ring.h"

#include "source/trace_libraries.h"
#include "support/error.h"
#include "support/fd.h"
#include "support/files.h"

#include <fcntl.h>
#include <sched.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <filesystem>
#include <regex>
#include <string_view>
#include <utility>

namespace memory_collector::bench {

namespace {

constexpr const char *instance_name = "memory-collector-bench";
constexpr std::uint32_t processes = 24;
constexpr std::uint64_t samples_per_slot = 6;
constexpr std::uint64_t slot_ns = 1'000'000;

struct Marker {
    std::uint32_t id = 0;
    std::array<std::byte, sizeof(mc_rdt_sample)> payload{};
};
static_assert(sizeof(Marker) == 4 + sizeof(mc_rdt_sample));

std::uint16_t number_after(std::string_view text, std::string_view key)
{
    const std::size_t at = text.find(key);
    std::uint16_t number = 0;
    if (at != std::string_view::npos)
        std::from_chars(text.data() + at + key.size(), text.data() + text.size(), number);
    return number;
}

// The fields of rdt_sample, as far behind its start as raw_data puts them.
std::string as_raw_data(const std::string &format, std::uint16_t type)
{
    static const std::regex number{"ID: [0-9]+"};
    static const std::regex offset{"offset:([0-9]+);"};
    std::string text = std::regex_replace(format, number, "ID: " + std::to_string(type));
    const std::size_t split = text.find("\n\n") + 1;
    std::string tail = text.substr(split);
    text.resize(split);
    std::smatch match;
    while (std::regex_search(tail, match, offset)) {
        text += match.prefix().str() +
                "offset:" + std::to_string(std::stoul(match[1]) + MarkerRing::payload_at - 8) + ";";
        tail = match.suffix();
    }
    return text + tail;
}

class OnCpu {
public:
    explicit OnCpu(std::uint32_t cpu)
    {
        ::sched_getaffinity(0, sizeof(before_), &before_);
        cpu_set_t one;
        CPU_ZERO(&one);
        CPU_SET(cpu, &one);
        if (::sched_setaffinity(0, sizeof(one), &one) != 0)
            throw Error("cannot run on CPU " + std::to_string(cpu) + ": " + error_text(errno));
    }
    ~OnCpu() { ::sched_setaffinity(0, sizeof(before_), &before_); }
    OnCpu(const OnCpu &) = delete;
    OnCpu &operator=(const OnCpu &) = delete;

private:
    cpu_set_t before_{};
};

void write_text(const std::string &path, const std::string &text)
{
    const UniqueFd fd{::open(path.c_str(), O_WRONLY | O_CLOEXEC | O_TRUNC)};
    if (!fd || ::write(fd.get(), text.data(), text.size()) != static_cast<ssize_t>(text.size()))
        throw Error("cannot write '" + text + "' to '" + path + "': " + error_text(errno));
}

} // namespace

void MarkerRing::Destroy::operator()(tracefs_instance *instance) const
{
    tracefs_instance_destroy(instance);
    tracefs_instance_free(instance);
}

MarkerRing::MarkerRing(std::uint64_t bytes_per_cpu) : formats_(testing::Formats::plain())
{
    const std::string tracing = tracing_directory();
    instance_.reset(tracefs_instance_create(instance_name));
    if (!instance_)
        throw Error("cannot make the tracefs instance '" + std::string{instance_name} +
                    "': " + error_text(errno));
    directory_ = tracing + "/instances/" + instance_name;
    write_text(directory_ + "/trace_clock", "mono");
    write_text(directory_ + "/options/overwrite", "0");
    write_text(directory_ + "/buffer_size_kb", std::to_string(bytes_per_cpu / 1024));
    type_ = number_after(read_file(tracing + "/events/ftrace/raw_data/format"), "ID: ");
    if (type_ == 0)
        throw Error("this kernel has no event ftrace:raw_data");
    formats_.text("rdt_sample") = as_raw_data(formats_.text("rdt_sample"), type_);
    for (const TracefsInstance::CpuBuffer &buffer : open_buffers())
        cpus_.push_back(buffer.cpu);
    totals_.resize(processes * cpus_.size());
}

MarkerRing::~MarkerRing() = default;

std::uint64_t MarkerRing::fill(std::uint64_t per_cpu)
{
    const std::string path = directory_ + "/trace_marker_raw";
    const UniqueFd fd{::open(path.c_str(), O_WRONLY | O_CLOEXEC)};
    if (!fd)
        throw Error("cannot open '" + path + "': " + error_text(errno));
    for (std::size_t c = 0; c < cpus_.size(); c++) {
        const OnCpu there{cpus_[c]};
        for (std::uint64_t i = 0; i < per_cpu; i++) {
            const auto who = static_cast<std::uint32_t>((i / samples_per_slot * 7 + i) % processes);
            mc_rdt_sample sample{};
            sample.slot_ns = slot_ + i / samples_per_slot * slot_ns;
            sample.start_time_ns = 1000 + who;
            sample.pid = 100 + who;
            sample.rmid = 1 + who;
            sample.domain = static_cast<std::uint32_t>(c);
            sample.total_bytes = totals_[c * processes + who] += 65536 * (i % 5);
            sample.local_bytes = sample.total_bytes / 2;
            sample.occupancy_bytes = 65536 * (i % 50);
            Marker marker;
            std::memcpy(marker.payload.data(), &sample, sizeof(sample));
            if (::write(fd.get(), &marker, sizeof(marker)) != static_cast<ssize_t>(sizeof(marker)))
                throw Error("cannot write to '" + path + "': " + error_text(errno));
        }
    }
    slot_ += (per_cpu + samples_per_slot - 1) / samples_per_slot * slot_ns;
    return per_cpu * cpus_.size();
}

std::uint64_t MarkerRing::overrun() const
{
    std::uint64_t lost = 0;
    for (const std::uint32_t cpu : cpus_) {
        const std::string stats = read_file(directory_ + "/per_cpu/cpu" + std::to_string(cpu) + "/stats");
        for (const char *key : {"overrun: ", "dropped events: "})
            lost +=
                number_after(stats.substr(stats.find(key) != std::string::npos ? stats.find(key) : 0), key);
    }
    return lost;
}

void MarkerRing::clear() const
{
    write_text(directory_ + "/trace", "");
}

std::vector<TracefsInstance::CpuBuffer> MarkerRing::open_buffers() const
{
    return TracefsInstance::open_buffers_of(directory_);
}

EventTable MarkerRing::table() const
{
    return EventTable{parsed_formats().get()};
}

testing::Formats::Tep MarkerRing::parsed_formats() const
{
    auto tep = formats_.parse();
    // By it libtracefs knows where a page's data begins.
    std::string header = read_file(tracing_directory() + "/events/header_page");
    if (tep_parse_header_page(tep.get(), header.data(), header.size(), sizeof(long)) != 0)
        throw Error("libtraceevent does not understand events/header_page");
    return tep;
}

} // namespace memory_collector::bench
