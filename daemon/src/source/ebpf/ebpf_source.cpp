// SPDX-License-Identifier: GPL-2.0-only
//
// Without a kernel module: eBPF programs tell of processes' begin and end, and
// once an interval a task iterator of what each has used and holds. There are no
// bandwidth and cache figures: they need RDT, which is the module's.
#include "host/privileges.h"
#include "source/ebpf/cpu_budget.h"
#include "source/ebpf/groups.h"
#include "source/ebpf/kernel_btf.h"
#include "source/ebpf/life_events.h"
#include "source/ebpf/loading.h"
#include "source/ebpf/self_meter.h"
#include "source/ebpf/task_iterator.h"
#include "source/proc_lookups.h"
#include "source/source_registry.h"
#include "support/clock.h"
#include "support/error.h"

#include <memory_collector/abi.h>
#include <spdlog/spdlog.h>

#include <malloc.h>

#include <cstring>
#include <deque>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>

namespace memory_collector {

namespace {

using ebpf::Group;
using ebpf::Groups;
using ebpf::LifeEvents;
using ebpf::ProcessState;
using ebpf::TaskIterator;

struct KeyHash {
    std::size_t operator()(const ProcessKey &key) const
    {
        return std::hash<std::uint64_t>{}(key.start_time_ns ^ (std::uint64_t{key.pid} << 40));
    }
};

class EbpfSource : public LiveSource {
public:
    explicit EbpfSource(SourceOptions options) : options_(std::move(options)) {}

    std::string_view name() const override { return "ebpf"; }

    void start(Model &model) override
    {
        ebpf::quiet_libbpf();
        const ebpf::KernelBtf &btf = btf_.emplace(options_.btf);
        if (const std::string missing = capability_names(missing_for_root_files(own_privileges(HostPaths{})));
            !missing.empty())
            spdlog::info(
                "without {} the records of container runtimes cannot be read: container_name is null",
                missing);
        iterator_.emplace(btf);
        model_ = &model;
        // Before the first look: who begins during it is in either, or both.
        LifeEvents::Take into;
        into.life = [this](const mc_bpf_life &event) { take(event); };
        into.oom = [this](OomKill kill) { take(std::move(kill)); };
        into.malformed = [this] { model_->malformed(); };
        life_.emplace(btf, ebpf::buffer_kind(options_.bpf_buffer), options_.buffer_bytes, std::move(into));
        spdlog::debug("events come by {}", life_->by_perf() ? "perf buffers" : "an eBPF ring");
        model.sampled_every(options_.interval_ns, MC_MODE_SOFTWARE);
        groups_.emplace(btf);
        groups_->switch_to(options_.groups, model);
        if (options_.max_cpu)
            budget_.emplace(*options_.max_cpu);
        self_.emplace(options_.bpf_stats || budget_);
        const std::uint64_t now = monotonic_ns();
        sample(model, now);
        sample_groups(model);
        sample_self(model);
        model.begin(now);
        // Where the account of events begins: what was dropped so far is before it.
        account(model, now, false);
        life_->drain();
        // Loading took the kernel's types, of some 10 MB, into memory, several times.
        ::malloc_trim(0);
    }

    std::uint64_t due(const Model &model) const override { return model.interval_end(); }

    void change_groups(const std::vector<std::string> &names, Model &model) override
    {
        groups_->switch_to(names, model);
    }

    bool round(Model &model) override
    {
        life_->drain();
        groups_->drain(model);
        // Before an interval is closed: who began in it is named in it.
        lookups_.look_up(model);
        const std::uint64_t now = monotonic_ns();
        while (now >= model.interval_end()) {
            // A machine that slept, or a reader that was stopped: one look for all that passed.
            if (now - model.interval_end() < interval_ns()) {
                sample(model, model.interval_end());
                lookups_.look_up(model);
            }
            sample_groups(model);
            sample_self(model);
            account(model, model.interval_end(), false);
            const std::uint64_t length = model.interval_end() - model.interval_start();
            model.close();
            keep_budget(model, length, now);
        }
        lookups_.look_up(model);
        // The next look at the task list finds those whose end was lost; this is for what only maps
        // told of.
        if (now >= reap_at_) {
            lookups_.reap(model);
            reap_at_ = now + reap_every_ns;
        }
        return true;
    }

    void stop(Model &model) override
    {
        life_->detach();
        const std::uint64_t now = std::min(monotonic_ns(), model.interval_end());
        life_->drain();
        groups_->finish(model);
        sample(model, now);
        sample_groups(model);
        sample_self(model);
        account(model, now, true);
        self_.reset();
        groups_.reset();
        life_.reset();
        iterator_.reset();
    }

private:
    struct Known {
        ProcessState state;
        std::uint64_t pass = 0;
    };

    static void tell(Model &model, const ProcessKey &key, std::uint32_t ppid, std::uint64_t cgroup_id,
                     const char *comm, mc_info_reason reason)
    {
        mc_process_info info{};
        info.start_time_ns = key.start_time_ns;
        info.pid = key.pid;
        info.ppid = ppid;
        info.cgroup_id = cgroup_id;
        info.reason = reason;
        info.flags = key.pid == MC_KERNEL_THREADS_PID ? MC_FLAG_KERNEL_THREADS : 0;
        std::memcpy(info.comm, comm, sizeof(info.comm));
        model.process_info(cpu, info);
    }

    // One look at all processes: those that changed since the last, as of `slot`.
    void sample(Model &model, std::uint64_t slot)
    {
        pass_++;
        for (const ProcessState &state : iterator_->read()) {
            const auto [found, fresh] = known_.try_emplace(state.key);
            Known &known = found->second;
            known.pass = pass_;
            if (!fresh && known.state == state)
                continue;
            if (fresh || known.state.cgroup_id != state.cgroup_id ||
                std::memcmp(known.state.comm, state.comm, sizeof(state.comm)) != 0)
                tell(model, state.key, state.ppid, state.cgroup_id, state.comm,
                     fresh ? MC_INFO_FIRST_SEEN : MC_INFO_CGROUP);
            known.state = state;
            mc_process_sample event{};
            event.slot_ns = slot;
            event.start_time_ns = state.key.start_time_ns;
            event.pid = state.key.pid;
            event.cpu_time_ns = state.runtime_ns;
            event.min_flt = state.min_flt;
            event.maj_flt = state.maj_flt;
            event.rss_pages = state.pages[0] + state.pages[1] + state.pages[3];
            event.rss_anon_pages = state.pages[1];
            event.swap_pages = state.pages[2];
            event.rss_shmem_pages = state.pages[3];
            event.flags = state.key.pid == MC_KERNEL_THREADS_PID ? MC_FLAG_KERNEL_THREADS : 0;
            model.process_sample(cpu, event);
            model.process_virtual(state.key, state.virtual_pages);
        }
        // Whose end was dropped. One that is just ending is not seen, and its end not told yet: that
        // has come by the next look.
        std::erase_if(known_, [&](const auto &entry) {
            if (entry.second.pass + 1 >= pass_)
                return false;
            end(model, entry.first, slot, entry.second.state);
            return true;
        });
    }

    void sample_groups(Model &model)
    {
        groups_->sample(model, ended_);
        ended_.clear();
    }

    void sample_self(Model &model) { model.self(self_->read(*life_, *iterator_, *groups_)); }

    std::uint64_t interval_ns() const { return options_.interval_ns * stretched_; }

    // Too much for too long: the dearest group goes. What is part of every run does not, it is looked
    // at less often; as often as was asked for again when there is room.
    void keep_budget(Model &model, std::uint64_t length, std::uint64_t now)
    {
        if (!budget_)
            return;
        const std::uint64_t spent = self_->spent_ns();
        const double percent = 100.0 * static_cast<double>(spent) / static_cast<double>(length);
        if (budget_->exceeded(length, spent)) {
            const std::string_view dearest = self_->dearest(*groups_);
            if (!dearest.empty()) {
                spdlog::warn(
                    "{:.2f}% of a CPU is more than --max-cpu: group {} goes, the dearest; its columns "
                    "are null from now on",
                    percent, dearest);
                model.note(shed_.emplace_back("shed_" + std::string{dearest}));
                groups_->switch_off(dearest, model);
            } else if (stretched_ < ebpf::CpuBudget::most_stretched) {
                stretch(model, stretched_ * 2, percent);
            } else {
                model.note("over_max_cpu");
                if (!std::exchange(budget_told_, true))
                    spdlog::warn(
                        "{:.2f}% of a CPU is more than --max-cpu, and intervals are {} as long as asked "
                        "for, the most: a longer --interval, or a greater --max-cpu",
                        percent, times());
            }
        } else if (stretched_ > 1 && budget_->has_room(length, spent) &&
                   now < model.interval_start() + interval_ns() / 2) {
            stretch(model, stretched_ / 2, percent);
        }
        if (stretched_ > 1)
            model.note("stretched");
    }

    std::string times() const { return std::to_string(stretched_) + " times"; }

    void stretch(Model &model, unsigned times_longer, double percent)
    {
        const bool longer = times_longer > stretched_;
        stretched_ = times_longer;
        spdlog::warn("{:.2f}% of a CPU is {} --max-cpu: intervals are {} from now on", percent,
                     longer ? "more than" : "less than half of",
                     stretched_ == 1 ? "as long as asked for again" : times() + " as long as asked for");
        model.sampled_every(interval_ns(), MC_MODE_SOFTWARE);
        model.set_interval(interval_ns());
    }

    void end(Model &model, const ProcessKey &key, std::uint64_t slot, const ProcessState &last)
    {
        mc_process_exit event{};
        event.slot_ns = slot;
        event.start_time_ns = key.start_time_ns;
        event.pid = key.pid;
        event.cpu_time_ns = last.runtime_ns;
        event.min_flt = last.min_flt;
        event.maj_flt = last.maj_flt;
        std::memcpy(event.comm, last.comm, sizeof(event.comm));
        model.process_exit(cpu, event);
        ended_.push_back(key);
    }

    void take(const mc_bpf_life &event)
    {
        const ProcessKey key{event.start_time_ns, event.tgid};
        switch (event.what) {
        case MC_BPF_BEGINS:
        case MC_BPF_EXECUTES:
            tell(*model_, key, event.ppid, event.cgroup_id, event.comm,
                 event.what == MC_BPF_BEGINS ? MC_INFO_FIRST_SEEN : MC_INFO_EXEC);
            break;
        case MC_BPF_ENDS: {
            ProcessState last;
            last.runtime_ns = event.runtime_ns;
            last.min_flt = event.min_flt;
            last.maj_flt = event.maj_flt;
            std::memcpy(last.comm, event.comm, sizeof(last.comm));
            known_.erase(key);
            end(*model_, key, event.time_ns, last);
            break;
        }
        default:
            model_->malformed();
        }
    }

    void take(OomKill kill)
    {
        // Of one that is known by its pid only, the last look knows more.
        if (kill.key.start_time_ns == 0)
            for (const auto &[key, known] : known_)
                if (key.pid == kill.key.pid && key.start_time_ns > kill.key.start_time_ns) {
                    kill.key = key;
                    kill.comm = known.state.comm;
                }
        model_->oom(cpu, std::move(kill));
    }

    // What was told and what of it was lost, until now; at the end by the programs' own count.
    void account(Model &model, std::uint64_t slot, bool at_end)
    {
        const LifeEvents::Counts life = life_->counts();
        const Group::Counts groups = groups_->counts();
        const std::uint64_t told = life.told + groups.told;
        const std::uint64_t dropped = life.dropped + groups.dropped;
        const std::uint64_t taken = life_->taken() + groups.taken;
        ticks_++;
        model.note_read(cpu, taken - taken_ + 1);
        if (dropped != dropped_)
            model.ring_lost(cpu, dropped - dropped_, false);
        taken_ = taken;
        dropped_ = dropped;
        mc_tick tick{};
        tick.slot_ns = slot;
        tick.complete_ns = slot;
        tick.events = (at_end ? told : taken + dropped) + ticks_;
        model.tick(cpu, tick);
    }

    static constexpr std::uint64_t reap_every_ns = 1'000'000'000;

    // The ring is one for all CPUs.
    static constexpr std::uint32_t cpu = 0;

    SourceOptions options_;
    Model *model_ = nullptr;
    std::optional<TaskIterator> iterator_;
    std::optional<LifeEvents> life_;
    std::optional<ebpf::KernelBtf> btf_;
    std::optional<Groups> groups_;
    std::optional<ebpf::SelfMeter> self_;
    std::optional<ebpf::CpuBudget> budget_;
    bool budget_told_ = false;
    unsigned stretched_ = 1;        // how many times longer intervals are than was asked for
    std::deque<std::string> shed_;  // notes of rows
    std::vector<ProcessKey> ended_; // since the groups were sampled
    std::unordered_map<ProcessKey, Known, KeyHash> known_;
    std::uint64_t pass_ = 0;
    std::uint64_t taken_ = 0;
    std::uint64_t dropped_ = 0;
    std::uint64_t ticks_ = 0;
    std::uint64_t reap_at_ = 0;
    ProcLookups lookups_;
};

} // namespace

std::unique_ptr<LiveSource> make_ebpf_source(const SourceOptions &options)
{
    return std::make_unique<EbpfSource>(options);
}

} // namespace memory_collector
