// SPDX-License-Identifier: GPL-2.0-only
//
// The quick way of a sample must not be told from the general one.
#include "model/quick_sample.h"
#include "model_support.h"

#include <gtest/gtest.h>

#include <array>

namespace memory_collector {
namespace {

using testing::ms;
using testing::rows_of;

constexpr std::uint32_t cpus = 3;
constexpr std::uint32_t domains = 6; // more than a process keeps at hand
constexpr std::uint32_t rmids = 5;

struct Owner {
    std::uint64_t start_time_ns = 0;
    std::uint32_t pid = 0;
    std::uint32_t rmid = 0;
    std::array<std::uint64_t, domains> total{};
};

// A stream in which RMIDs change hands, processes go and come again, CPUs are
// late or idle, and counts arrive out of order.
class Stream {
public:
    explicit Stream(unsigned seed) : random_(seed)
    {
        for (Owner &owner : owners_)
            renew(owner);
    }

    void step(Model &model, const std::function<void(std::uint32_t, const mc_rdt_sample &)> &give)
    {
        const auto cpu = below(cpus);
        switch (below(30)) {
        case 0:
            tick(model, cpu);
            return;
        case 1:
            exit_one(model);
            return;
        case 2:
            owners_[below(owners_.size())].rmid = below(rmids);
            return;
        case 3:
            if (slot_ * ms > model.interval_end())
                model.close();
            return;
        case 4:
            slot_++;
            return;
        default:
            give(cpu, sample());
        }
    }

private:
    std::uint32_t below(std::size_t limit) { return static_cast<std::uint32_t>(random_() % limit); }
    void renew(Owner &owner)
    {
        owner = {};
        owner.pid = 100 + below(6);
        owner.start_time_ns = slot_ * ms + births_++;
        owner.rmid = below(rmids);
    }
    void tick(Model &model, std::uint32_t cpu)
    {
        mc_tick event{};
        event.slot_ns = slot_ * ms;
        event.flags = below(4) == 0 ? MC_FLAG_IDLE : 0;
        model.tick(cpu, event);
    }
    void exit_one(Model &model)
    {
        Owner &owner = owners_[below(owners_.size())];
        mc_process_exit event{};
        event.slot_ns = slot_ * ms;
        event.pid = owner.pid;
        event.start_time_ns = owner.start_time_ns;
        model.process_exit(0, event);
        renew(owner);
    }
    mc_rdt_sample sample()
    {
        Owner &owner = owners_[below(owners_.size())];
        mc_rdt_sample event{};
        const std::uint32_t domain = below(domains);
        owner.total[domain] += below(5) * 64;
        event.slot_ns = (slot_ - (below(8) == 0 ? below(6) : 0)) * ms;
        event.pid = owner.pid;
        event.start_time_ns = owner.start_time_ns;
        event.rmid = owner.rmid;
        event.domain = domain;
        event.total_bytes =
            owner.total[domain] - (below(10) == 0 ? std::min<std::uint64_t>(owner.total[domain], 64) : 0);
        event.local_bytes = event.total_bytes / 2;
        event.occupancy_bytes = below(100) * 1000;
        constexpr std::array flags{MC_FLAG_SWEEP, MC_FLAG_DRAIN, MC_FLAG_EXISTING, MC_FLAG_WARM,
                                   MC_FLAG_ERROR};
        event.flags = below(6) == 0 ? static_cast<std::uint32_t>(flags[below(flags.size())]) : 0;
        return event;
    }

    std::mt19937 random_;
    std::uint64_t slot_ = 25;
    std::uint64_t births_ = 0;
    std::array<Owner, 8> owners_;
};

std::vector<nlohmann::json> rows(unsigned seed, bool quick, std::uint64_t &taken)
{
    return rows_of([&](Sink &sink) {
        ModelOptions options;
        options.interval_ns = 5 * ms;
        Model model{options, sink};
        model.assume_from_start();
        model.begin(20 * ms);
        Stream stream{seed};
        for (int i = 0; i < 20'000; i++)
            stream.step(model, [&](std::uint32_t cpu, const mc_rdt_sample &sample) {
                if (quick && model.quick_sample(model.sampled_since(cpu), sample)) {
                    model.took(1);
                    taken++;
                } else {
                    model.rdt_sample(cpu, sample);
                }
            });
        model.finish(0, "end");
    });
}

TEST(QuickSample, GivesTheRowsOfTheGeneralWay)
{
#ifdef __SANITIZE_ADDRESS__
    constexpr unsigned streams = 4; // a tenth as fast
#else
    constexpr unsigned streams = 20;
#endif
    for (unsigned seed = 1; seed <= streams; seed++) {
        std::uint64_t taken = 0;
        std::uint64_t none = 0;
        const auto general = rows(seed, false, none);
        const auto quick = rows(seed, true, taken);
        EXPECT_GT(general.size(), 500u);
        EXPECT_GT(taken, 1000u) << "the quick way is hardly taken";
        ASSERT_EQ(general, quick) << "seed " << seed;
    }
}

TEST(QuickSample, TakesNothingOfWhomItDoesNotKnow)
{
    rows_of([](Sink &sink) {
        Model model{{}, sink};
        model.assume_from_start();
        model.begin(20 * ms);
        mc_rdt_sample sample{};
        sample.slot_ns = 21 * ms;
        EXPECT_FALSE(model.quick_sample(0, sample)) << "an entry that belongs to nobody has its key";
        sample.slot_ns = ~0ull;
        EXPECT_FALSE(model.quick_sample(0, sample));
        sample.slot_ns = 21 * ms;
        sample.pid = 7;
        sample.start_time_ns = 3;
        model.rdt_sample(0, sample);
        sample.slot_ns = 22 * ms;
        EXPECT_TRUE(model.quick_sample(0, sample));
        sample.pid = 8;
        EXPECT_FALSE(model.quick_sample(0, sample)) << "the RMID is another's now";
    });
}

} // namespace
} // namespace memory_collector
