// SPDX-License-Identifier: GPL-2.0-only
#include "lab/tools/text.h"
#include "lab/tools/tools.h"
#include "support/clock.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>

namespace memory_collector::lab {

namespace {

class Fio : public Tool {
public:
    std::span<const Profile> profiles() const override
    {
        static constexpr std::array<Profile, 3> table{{
            {"mmap-mixed", "reads and writes pages of a mapped file in memory at random"},
            {"mmap-read", "reads them"},
            {"mmap-write", "writes them"},
        }};
        return table;
    }
    std::string_view remedy() const override { return "apt-get install fio"; }
    std::optional<std::string> find(const std::string &given) const override
    {
        return find_program(given.empty() ? "fio" : given);
    }
    std::vector<std::string> version_command(const std::string &program) const override
    {
        return {program, "--version"};
    }

    ToolRun run(const std::string &program, std::string_view profile, const Bounds &bounds,
                const Scratch &scratch) const override
    {
        const char *const what = profile == "mmap-read"    ? "randread"
                                 : profile == "mmap-write" ? "randwrite"
                                                           : "randrw";
        return {.command = {program, "--name=memory", "--filename=" + scratch.memory_file,
                            "--size=" + std::to_string(bounds.bytes), "--ioengine=mmap",
                            std::string{"--rw="} + what, "--bs=4k", "--time_based",
                            "--runtime=" +
                                std::to_string(std::max<std::uint64_t>(1, bounds.duration_ns / ns_per_s)),
                            "--numjobs=" + std::to_string(bounds.workers), "--thread", "--group_reporting",
                            "--fallocate=none", "--output-format=json"},
                .environment = {},
                .folder = scratch.folder};
    }

    std::vector<Metric> results(std::string_view output, const Scratch &) const override
    {
        return parse_fio(output);
    }
};

using Json = nlohmann::json;

// A number below keys, if all of them are there.
std::optional<double> number_at(const Json &from, std::initializer_list<const char *> keys)
{
    const Json *at = &from;
    for (const char *const key : keys) {
        if (!at->is_object() || !at->contains(key))
            return std::nullopt;
        at = &(*at)[key];
    }
    return at->is_number() ? std::optional{at->get<double>()} : std::nullopt;
}

} // namespace

std::vector<Metric> parse_fio(std::string_view text)
{
    std::vector<Metric> metrics;
    // Notes may come before the object.
    const std::size_t open = text.find('{');
    if (open == std::string_view::npos)
        return metrics;
    const Json json = Json::parse(text.substr(open), nullptr, false);
    if (!json.is_object() || !json.contains("jobs") || !json["jobs"].is_array())
        return metrics;
    for (const Json &job : json["jobs"])
        for (const char *const way : {"read", "write"}) {
            const auto done = number_at(job, {way, "io_bytes"});
            if (!done || *done == 0)
                continue;
            const auto add = [&](const char *name, std::optional<double> value, const char *unit) {
                if (value)
                    metrics.push_back({std::string{way} + "." + name, *value, unit});
            };
            add("bytes", done, "B");
            add("bandwidth", number_at(job, {way, "bw_bytes"}), "B/s");
            add("operations", number_at(job, {way, "total_ios"}), "");
            add("operations_per_second", number_at(job, {way, "iops"}), "1/s");
            add("latency_mean", number_at(job, {way, "lat_ns", "mean"}), "ns");
            add("latency_p99", number_at(job, {way, "clat_ns", "percentile", "99.000000"}), "ns");
            add("latency_max", number_at(job, {way, "lat_ns", "max"}), "ns");
        }
    return metrics;
}

std::unique_ptr<Tool> make_fio()
{
    return std::make_unique<Fio>();
}

} // namespace memory_collector::lab
