// SPDX-License-Identifier: GPL-2.0-only
//
// DAMON watches the address space of a process region by region, by sampled
// checks of single pages, and keeps how long a region has been as it is. It
// does not disturb reclaim. It is one for the whole machine: where somebody
// uses it already, it is left alone.
#include "compress/coldness.h"
#include "compress/damon_session.h"
#include "compress/statistics.h"
#include "host/host_paths.h"
#include "support/error.h"
#include "support/files.h"
#include "support/words.h"

#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <vector>

namespace memory_collector::compress {

namespace {

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
    return whole<std::uint64_t>(trimmed(read_file(path, 64))).value_or(0);
}

class Damon : public Coldness {
public:
    explicit Damon(std::unique_ptr<DamonSession> session) : session_(std::move(session)) {}

    std::string_view name() const override { return "DAMON: by regions, about"; }

    std::uint64_t watch_ns(std::uint64_t cold_after_ns) const override
    {
        return cold_after_ns + std::max(cold_after_ns, least_settle_ns);
    }

    std::optional<std::string> begin(const ProcessMemory &memory, const Population &) override
    {
        return session_->start(memory.pid());
    }

    std::optional<Mean> end(const ProcessMemory &memory, const Population &population,
                            std::uint64_t cold_after_ns) override
    {
        const std::vector<Region> regions =
            session_->update_regions() ? read_regions() : std::vector<Region>{};
        session_->stop();
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
            if (region->accesses == 0 && (region->age + 1) * damon_aggregate_us * 1000 >= cold_after_ns)
                cold++;
        }
        if (seen == 0)
            return std::nullopt;
        // Regions have borders found by chance: how far off that is cannot be said.
        return Mean{share_mean(cold, seen, population.pages()).value, 0, 1};
    }

private:
    std::vector<Region> read_regions() const
    {
        std::vector<Region> regions;
        std::error_code error;
        for (const auto &entry : std::filesystem::directory_iterator(session_->regions_folder(), error)) {
            const std::string one = entry.path().string();
            if (entry.is_directory(error))
                regions.push_back({number(one + "/start"), number(one + "/end"), number(one + "/nr_accesses"),
                                   number(one + "/age")});
        }
        return regions;
    }

    std::unique_ptr<DamonSession> session_;
};

} // namespace

ColdnessChoice choose_damon()
{
    ColdnessChoice choice;
    choice.why_not = "no DAMON: it takes CONFIG_DAMON_VADDR, CONFIG_DAMON_SYSFS and root";
    if (::access((std::string{DamonSession::default_folder} + "/nr_kdamonds").c_str(), W_OK) != 0)
        return choice;
    try {
        auto session = std::make_unique<DamonSession>();
        if (session->watches_processes())
            choice.source = std::make_unique<Damon>(std::move(session));
    } catch (const Error &error) {
        choice.why_not = "no DAMON: " + std::string{error.what()};
    }
    return choice;
}

} // namespace memory_collector::compress
