// SPDX-License-Identifier: GPL-2.0-only
//
// The kernel module's events, from a ring of our own, across its unloading and
// reloading.
#include "source/instance_lock.h"
#include "source/live_ring.h"
#include "source/module_control.h"
#include "source/proc_lookups.h"
#include "source/source_registry.h"
#include "source/tracefs_instance.h"
#include "support/clock.h"
#include "support/error.h"

#include <spdlog/spdlog.h>

#include <unistd.h>

#include <optional>
#include <utility>

namespace memory_collector {

namespace {

// How long to wait for the module to begin ticking, and for the dump.
constexpr std::uint64_t patience_ns = 3 * ns_per_s;
constexpr std::uint64_t look_for_module_ns = 200 * ns_per_ms;
constexpr std::uint64_t dump_again_ns = 100 * ns_per_ms;

class ModuleSource : public LiveSource {
public:
    explicit ModuleSource(SourceOptions options) : options_(std::move(options)) {}

    std::string_view name() const override { return "module"; }

    void start(Model &model) override
    {
        (void)tracing_directory();
        ModuleControl::check();
        lock_.emplace();
        instance_.emplace(options_.buffer_bytes);
        attach(model);
    }

    bool round(Model &model) override
    {
        if (!ring_) {
            look_for_module(model);
            return true;
        }
        if (ModuleControl::loading() != loading_) {
            lose_module(model);
            return true;
        }
        const bool all = ring_->round();
        if (!model.is_open())
            begin(model);
        else if (all)
            lookups_.round(model);
        return all;
    }

    void stop(Model &model) override
    {
        if (ring_) {
            // The last ticks are still being written.
            ::usleep(Merger<RingCursor>::settle_ns / 1000);
            wait_for_ticks(model);
            ring_->drain();
            instance_->disable_events();
            ring_.reset();
        }
        instance_.reset();
    }

private:
    enum class Phase { waits_for_tick, waits_for_dump };

    // What ran before now belongs in the report, even where ticks had no time to tell of it yet.
    void wait_for_ticks(const Model &model)
    {
        const std::uint64_t end = monotonic_ns();
        ring_->round();
        while (model.behind_at(end) != 0) {
            if (monotonic_ns() - end > patience_ns) {
                spdlog::warn("the module's ticks are {} ms behind: what ran then is not all in the report; a "
                             "larger tick_budget_us of the module lets them do more",
                             (model.behind_at(end) + 999'999) / 1'000'000);
                return;
            }
            ::usleep(Merger<RingCursor>::settle_ns / 1000);
            ring_->round();
        }
    }

    void attach(Model &model)
    {
        ModuleControl::check();
        loading_ = ModuleControl::loading();
        ring_.emplace(*instance_, model);
        instance_->enable_events();
        phase_ = Phase::waits_for_tick;
        since_ = monotonic_ns();
        next_dump_ = 0;
    }

    void begin(Model &model)
    {
        const std::uint64_t now = monotonic_ns();
        const bool late = now - since_ > patience_ns;
        if (phase_ == Phase::waits_for_tick && (model.ticked() || late)) {
            if (late)
                spdlog::warn("the module has not ticked for {} s; see the kernel log (dmesg)",
                             patience_ns / ns_per_s);
            if (now < next_dump_)
                return;
            next_dump_ = now + dump_again_ns;
            switch (ModuleControl::dump()) {
            case ModuleControl::Dump::done:
                phase_ = Phase::waits_for_dump;
                since_ = now;
                break;
            case ModuleControl::Dump::later:
                if (late)
                    begin_without_dump(model);
                break;
            case ModuleControl::Dump::refused:
                begin_without_dump(model);
                break;
            }
        } else if (phase_ == Phase::waits_for_dump && late) {
            begin_without_dump(model);
        }
    }

    static void begin_without_dump(Model &model)
    {
        spdlog::warn("the module's dump did not come; counts of processes begin with their first event");
        const std::uint64_t slot = model.slot_interval();
        model.begin(model.last_slot() != 0 ? model.last_slot() : monotonic_ns() / slot * slot);
    }

    void lose_module(Model &model)
    {
        // Its unloading has cleared the rings; what was read before counts.
        ring_->drain();
        ring_.reset();
        spdlog::warn("the module was unloaded; waiting for it to be loaded again");
        model.suspend(model.last_slot(), "module_gone");
        next_look_ = 0;
    }

    void look_for_module(Model &model)
    {
        const std::uint64_t now = monotonic_ns();
        if (now < next_look_)
            return;
        next_look_ = now + look_for_module_ns;
        if (!ModuleControl::loading() || !instance_->has_events())
            return;
        attach(model);
        spdlog::info("the module is loaded again; measuring goes on");
    }

    SourceOptions options_;
    std::optional<InstanceLock> lock_;
    std::optional<TracefsInstance> instance_;
    std::optional<LiveRing> ring_;
    std::optional<std::uint64_t> loading_;
    ProcLookups lookups_;
    Phase phase_ = Phase::waits_for_tick;
    std::uint64_t since_ = 0;
    std::uint64_t next_dump_ = 0;
    std::uint64_t next_look_ = 0;
};

} // namespace

std::unique_ptr<LiveSource> make_module_source(const SourceOptions &options)
{
    return std::make_unique<ModuleSource>(options);
}

} // namespace memory_collector
