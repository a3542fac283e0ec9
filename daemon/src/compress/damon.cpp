// SPDX-License-Identifier: GPL-2.0-only
//
// DAMON watches the address space of a process region by region, by sampled
// checks of single pages, and keeps how long a region has been as it is. It
// does not disturb reclaim. It is one for the whole machine: where somebody
// uses it already, it is left alone.
#include "compress/coldness.h"
#include "compress/statistics.h"
#include "support/error.h"
#include "support/fd.h"
#include "support/files.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <filesystem>
#include <vector>

namespace memory_collector::compress {

namespace {

// Slow enough that a busy machine keeps to it: ages are counted in aggregations.
constexpr std::uint64_t sample_us = 20'000;
constexpr std::uint64_t aggregate_us = 200'000;
// It begins with few regions and finds the borders between used and unused ones by and by. Its thread
// may also lag behind on a busy machine, and ages are counted in its own rounds.
constexpr std::uint64_t least_settle_ns = 5'000'000'000;

struct Region {
    std::uint64_t begin = 0;
    std::uint64_t end = 0;
    std::uint64_t accesses = 0;
    std::uint64_t age = 0; // in aggregations
};

std::uint64_t number(const std::string &path)
{
    const std::string text = read_file(path, 64);
    std::uint64_t value = 0;
    std::from_chars(text.data(), text.data() + text.size(), value);
    return value;
}

bool write_file(const std::string &path, std::string_view text)
{
    const UniqueFd fd{::open(path.c_str(), O_WRONLY | O_CLOEXEC)};
    return fd && ::write(fd.get(), text.data(), text.size()) == static_cast<ssize_t>(text.size());
}

class Damon : public Coldness {
public:
    explicit Damon(std::string folder) : folder_(std::move(folder)) {}
    Damon(const Damon &) = delete;
    Damon &operator=(const Damon &) = delete;
    ~Damon() override { stop(); }

    std::string_view name() const override { return "DAMON: by regions, about"; }

    std::uint64_t watch_ns(std::uint64_t cold_after_ns) const override
    {
        return cold_after_ns + std::max(cold_after_ns, least_settle_ns);
    }

    std::optional<std::string> begin(const ProcessMemory &memory, const Population &) override
    {
        if (number(folder_ + "/nr_kdamonds") != 0)
            return "DAMON is in use by another program";
        ours_ = true;
        const std::string context = kdamond() + "/contexts/0";
        const std::string most = std::to_string(~std::uint64_t{0});
        const std::string most_count = "4294967295";
        const std::string pattern = context + "/schemes/0/access_pattern/";
        const std::vector<std::pair<std::string, std::string>> steps{
            {folder_ + "/nr_kdamonds", "1"},
            {kdamond() + "/contexts/nr_contexts", "1"},
            {context + "/operations", "vaddr"},
            {context + "/monitoring_attrs/intervals/sample_us", std::to_string(sample_us)},
            {context + "/monitoring_attrs/intervals/aggr_us", std::to_string(aggregate_us)},
            {context + "/monitoring_attrs/nr_regions/max", "400"},
            {context + "/monitoring_attrs/nr_regions/min", "100"},
            {context + "/targets/nr_targets", "1"},
            {context + "/targets/0/pid_target", std::to_string(memory.pid())},
            {context + "/schemes/nr_schemes", "1"},
            {context + "/schemes/0/action", "stat"},
            {pattern + "sz/max", most},
            {pattern + "nr_accesses/max", most_count},
            {pattern + "age/max", most_count},
            {kdamond() + "/state", "on"}};
        for (const auto &[path, text] : steps)
            if (!write_file(path, text)) {
                const int error = errno;
                std::string reason = "DAMON does not take '";
                reason.append(text).append("' in ").append(path).append(": ").append(error_text(error));
                stop();
                return reason;
            }
        return std::nullopt;
    }

    std::optional<Mean> end(const ProcessMemory &memory, const Population &population,
                            std::uint64_t cold_after_ns) override
    {
        const bool updated = write_file(kdamond() + "/state", "update_schemes_tried_regions");
        const std::vector<Region> regions = updated ? read_regions() : std::vector<Region>{};
        stop();
        std::uint64_t seen = 0;
        std::uint64_t cold = 0;
        for (const PageAt &page : population.sample) {
            const auto entry = memory.entry(page.address);
            if (!entry)
                return std::nullopt;
            const auto region = std::find_if(regions.begin(), regions.end(), [&](const Region &one) {
                return page.address >= one.begin && page.address < one.end;
            });
            if (!entry->present() || region == regions.end())
                continue;
            seen++;
            // Its age is one aggregation behind.
            if (region->accesses == 0 && (region->age + 1) * aggregate_us * 1000 >= cold_after_ns)
                cold++;
        }
        if (seen == 0)
            return std::nullopt;
        // Regions have borders found by chance: how far off that is cannot be said.
        return Mean{share_mean(cold, seen, population.pages()).value, 0, 1};
    }

private:
    std::string kdamond() const { return folder_ + "/0"; }

    std::vector<Region> read_regions() const
    {
        std::vector<Region> regions;
        std::error_code error;
        const std::string folder = kdamond() + "/contexts/0/schemes/0/tried_regions";
        for (const auto &entry : std::filesystem::directory_iterator(folder, error)) {
            const std::string one = entry.path().string();
            if (entry.is_directory(error))
                regions.push_back({number(one + "/start"), number(one + "/end"), number(one + "/nr_accesses"),
                                   number(one + "/age")});
        }
        return regions;
    }

    void stop()
    {
        if (!ours_)
            return;
        write_file(kdamond() + "/state", "off");
        write_file(folder_ + "/nr_kdamonds", "0");
        ours_ = false;
    }

    std::string folder_;
    bool ours_ = false;
};

// Which operations a kernel has can be asked of a context only, so one is made and taken away.
bool watches_processes(const std::string &folder)
{
    if (::access((folder + "/nr_kdamonds").c_str(), W_OK) != 0 || number(folder + "/nr_kdamonds") != 0)
        return false;
    const std::string context = folder + "/0/contexts";
    const bool has = write_file(folder + "/nr_kdamonds", "1") && write_file(context + "/nr_contexts", "1") &&
                     read_file(context + "/0/avail_operations", 256).find("vaddr") != std::string::npos;
    write_file(folder + "/nr_kdamonds", "0");
    return has;
}

} // namespace

std::unique_ptr<Coldness> make_damon()
{
    const std::string folder = "/sys/kernel/mm/damon/admin/kdamonds";
    return watches_processes(folder) ? std::make_unique<Damon>(folder) : nullptr;
}

} // namespace memory_collector::compress
