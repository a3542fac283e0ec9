// SPDX-License-Identifier: GPL-2.0-only
//
// Page faults: how many, how long they took, and rows of single ones.
#include "faults.skel.h"
#include "source/ebpf/cpu_counts.h"
#include "source/ebpf/group.h"
#include "source/ebpf/kernel_btf.h"
#include "source/ebpf/loading.h"
#include "source/ebpf/peak.h"
#include "source/ebpf/process_map.h"
#include "support/error.h"

#include <spdlog/fmt/fmt.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cerrno>
#include <cstring>
#include <optional>

namespace memory_collector::ebpf {

namespace {

// For some hundred rows of a CPU in each interval, and a thousand of one that has much to tell.
constexpr std::uint32_t ring_bytes_per_cpu = 256 * 1024;
constexpr std::uint32_t most_ring_bytes = 1u << 26;

struct FreeRing {
    void operator()(ring_buffer *ring) const { ring_buffer__free(ring); }
};

class FaultsGroup : public Group {
public:
    explicit FaultsGroup(const KernelBtf &btf)
    {
        try {
            load(btf, true);
            timed_ = true;
        } catch (const Error &error) {
            spdlog::debug("faults: {}", error.what());
            load(btf, false);
        }
        object_ = skeleton_->obj;
        processes_.emplace(skeleton_->maps.faults_of_processes);
        ring_.reset(
            ring_buffer__new(bpf_map__fd(skeleton_->maps.fault_events), &FaultsGroup::take, this, nullptr));
        if (!ring_)
            fail("open the eBPF ring of page faults", errno);
    }

    ExtraSet measured() const override
    {
        ExtraSet set = extras(Extra::faults_user, Extra::faults_kernel);
        if (timed_)
            set |= extras(Extra::fault_ns, Extra::fault_max_ns);
        return set;
    }

    std::vector<std::string> lacking() const override
    {
        if (timed_)
            return {};
        return {"fault_ns, fault_max_ns and latency_ns are null: this kernel lets no program be attached "
                "to its functions (fentry, fexit), and its exceptions have no end"};
    }

    void sample(Model &model, std::span<const ProcessKey> ended) override
    {
        const std::uint64_t over = skeleton_->data->interval;
        skeleton_->data->interval = over + 1;
        processes_->for_each([&](const ProcessKey &key, const mc_bpf_faults &value) {
            model.process_extra(key, Extra::faults_user, value.by_user);
            model.process_extra(key, Extra::faults_kernel, value.by_kernel);
            if (!timed_)
                return;
            model.process_extra(key, Extra::fault_ns, value.ns);
            model.process_extra(key, Extra::fault_max_ns, most_in(value.slowest, over, 0));
        });
        processes_->forget(ended);
    }

    void drain(Model &model) override
    {
        model_ = &model;
        if (const int error = ring_buffer__consume(ring_.get()); error < 0)
            fail("read the eBPF ring of page faults", -error);
    }

    void detach() override { faults::detach(skeleton_.get()); }

    Counts counts() const override
    {
        CpuCounts by_cpu{skeleton_->maps.fault_counts};
        Counts counts{by_cpu.of(MC_BPF_FAULT_TOLD), by_cpu.of(MC_BPF_FAULT_DROPPED), taken_};
        for (const bpf_program *program :
             {skeleton_->progs.fault_ends, skeleton_->progs.user_faults, skeleton_->progs.kernel_faults}) {
            if (bpf_program__fd(program) < 0)
                continue;
            const std::uint64_t missed = recursion_misses(program);
            counts.told += missed;
            counts.dropped += missed;
        }
        return counts;
    }

    std::span<bpf_object *const> objects() const override { return {&object_, 1}; }

private:
    void load(const KernelBtf &btf, bool timed)
    {
        skeleton_.reset(faults::open(btf.options()));
        if (!skeleton_)
            fail("open the eBPF programs for page faults", errno);
        bpf_program__set_autoload(skeleton_->progs.fault_begins, timed);
        bpf_program__set_autoload(skeleton_->progs.fault_ends, timed);
        bpf_program__set_autoload(skeleton_->progs.user_faults, !timed);
        bpf_program__set_autoload(skeleton_->progs.kernel_faults, !timed);
        // Storage by task is new in Linux 5.11.
        bpf_map__set_autocreate(skeleton_->maps.fault_handling, timed);
        const auto cpus = static_cast<std::uint32_t>(possible_cpus());
        const std::uint32_t bytes =
            std::bit_ceil(std::min(cpus, most_ring_bytes / ring_bytes_per_cpu) * ring_bytes_per_cpu);
        if (const int error = bpf_map__set_max_entries(skeleton_->maps.fault_events, bytes); error != 0)
            fail("make an eBPF ring of " + std::to_string(bytes) + " bytes", -error);
        if (const int error = faults::load(skeleton_.get()); error != 0)
            fail("load the eBPF programs for page faults", -error);
        if (const int error = faults::attach(skeleton_.get()); error != 0)
            fail("attach the eBPF programs for page faults", -error);
    }

    static int take(void *self, void *data, std::size_t size)
    {
        auto &group = *static_cast<FaultsGroup *>(self);
        mc_bpf_fault event;
        if (size < sizeof(event))
            return 0;
        std::memcpy(&event, data, sizeof(event));
        event.comm[sizeof(event.comm) - 1] = '\0';
        group.taken_++;
        group.tell(event);
        return 0;
    }

    void tell(const mc_bpf_fault &event)
    {
        std::array<char, 24> address{};
        std::array<char, 24> ip{};
        const auto hexadecimal = [](std::array<char, 24> &text, std::uint64_t value) {
            const auto end = fmt::format_to(text.data(), "{:#x}", value);
            return std::string_view{text.data(), static_cast<std::size_t>(end - text.data())};
        };
        FaultRow row;
        row.time_ns = event.time_ns;
        row.pid = event.tgid;
        row.start_time_ns = event.start_time_ns;
        row.comm = std::string_view{event.comm};
        row.kind = (event.flags & MC_BPF_FAULT_USER) != 0 ? "user" : "kernel";
        row.address = hexadecimal(address, event.address);
        if (event.ip != 0)
            row.ip = hexadecimal(ip, event.ip);
        if ((event.flags & MC_BPF_FAULT_TIMED) != 0)
            row.latency_ns = event.latency_ns;
        row.weight = event.weight;
        model_->fault(row);
    }

    SkeletonPtr<faults, faults::destroy> skeleton_;
    bpf_object *object_ = nullptr;
    bool timed_ = false;
    std::optional<ProcessMap<mc_bpf_faults>> processes_;
    std::unique_ptr<ring_buffer, FreeRing> ring_;
    Model *model_ = nullptr;
    std::uint64_t taken_ = 0;
};

} // namespace

std::unique_ptr<Group> make_faults_group(const KernelBtf &btf)
{
    return std::make_unique<FaultsGroup>(btf);
}

} // namespace memory_collector::ebpf
